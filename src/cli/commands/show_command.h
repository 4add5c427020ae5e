#ifndef PDQUANT_CLI_COMMANDS_SHOW_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_SHOW_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/shell/command.h"

namespace pdquant {

enum class ShowList { kNone, kOps, kVars, kParams };

// What the command line of `show` says. Empty texts were not given.
struct ShowArguments {
  std::vector<std::string> inputs;
  std::string params;
  std::string out;
  std::string overlay;
  OutputFormat format = OutputFormat::kText;
  ShowList list = ShowList::kNone;
  std::string op;
  std::string around;
  int32_t hops = 2;
  bool git = false;  // as git's textconv

  void AddTo(OptionList* options);
  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
};

// `pdquant show`: what a program, a model or a parameter file is.
class ShowCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  ShowArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_SHOW_COMMAND_H_
