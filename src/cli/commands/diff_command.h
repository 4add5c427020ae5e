#ifndef PDQUANT_CLI_COMMANDS_DIFF_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_DIFF_COMMAND_H_

#include "cli/commands/diff_run.h"
#include "cli/shell/command.h"

namespace pdquant {

// `pdquant diff`: what changed between two programs, models or parameter files.
class DiffCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  DiffArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_DIFF_COMMAND_H_
