#ifndef PDQUANT_CLI_COMMANDS_TRANSPILE_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_TRANSPILE_COMMAND_H_

#include "cli/commands/transpile_options.h"
#include "cli/shell/command.h"

namespace pdquant {

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
