#ifndef PDQUANT_CLI_COMMANDS_CHECK_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_CHECK_COMMAND_H_

#include <optional>
#include <string>

#include "check/target.h"
#include "cli/shell/command.h"

namespace pdquant {

// What the command line of check says.
struct CheckArguments {
  std::string input;
  std::string params;
  std::string explain;  // a code
  OutputFormat format = OutputFormat::kText;
  std::optional<Target> target;
  bool target_pir = false;  // --target paddle-pir, which judges programs of Paddle 3
  bool strict = false;

  void AddTo(OptionList* options);
};

// `pdquant check PROGRAM|MODEL`: is it well formed? All findings on standard error, the result on standard output: one
// line, or a report for programs.
class CheckCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  CheckArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_CHECK_COMMAND_H_
