#ifndef PDQUANT_CLI_COMMANDS_TRANSPILE_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_TRANSPILE_COMMAND_H_

#include "cli/commands/selection_options.h"
#include "cli/shell/command.h"
#include "quantize/options.h"

namespace pdquant {

// What the command line of `transpile` says. Empty paths were not given.
struct TranspileArguments {
  std::string program;
  std::string out;
  std::string startup;
  std::string startup_out;
  std::string report;
  bool dry_run = false;
  bool in_place = false;
  TranspileOptions quantization;  // its rules come from `selection`, once they are read
  SelectionOptions selection;

  void AddTo(OptionList* options);

  // Do the options make sense together, and are inputs and outputs different files? Errors: kUsage.
  Status Validate() const;

  // Where the programs go.
  const std::string& main_destination() const { return in_place ? program : out; }
  const std::string& startup_destination() const { return in_place ? startup : startup_out; }
  // Whether something other than the summary goes to standard output.
  bool uses_standard_output() const;
};

// `pdquant transpile PROGRAM`: rewrites a training program, and its startup program, for simulated quantization.
class TranspileCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  TranspileArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_TRANSPILE_COMMAND_H_
