#ifndef PDQUANT_CLI_COMMANDS_COMPLETION_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_COMPLETION_COMMAND_H_

#include <string>

#include "cli/about/command_tree.h"
#include "cli/shell/command.h"

namespace pdquant {

// `pdquant completion bash|zsh|fish`: prints the script that completes command lines of pdquant in that shell.
class CompletionCommand : public Command {
 public:
  using Writer = std::string (*)(const CommandTree& tree);

  void AddOptions(OptionList* options) override;
  int Run(const CommonOptions& common, Console* console) override;

 private:
  Writer writer_ = nullptr;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_COMPLETION_COMMAND_H_
