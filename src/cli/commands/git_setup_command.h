#ifndef PDQUANT_CLI_COMMANDS_GIT_SETUP_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_GIT_SETUP_COMMAND_H_

#include "cli/shell/command.h"

namespace pdquant {

// `pdquant git-setup`: writes the settings that make git show programs and parameter files as text.
class GitSetupCommand : public Command {
 public:
  void AddOptions(OptionList* options) override;
  int Run(const CommonOptions& common, Console* console) override;

 private:
  bool global_ = false;
  bool dry_run_ = false;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_GIT_SETUP_COMMAND_H_
