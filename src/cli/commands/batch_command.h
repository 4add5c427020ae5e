#ifndef PDQUANT_CLI_COMMANDS_BATCH_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_BATCH_COMMAND_H_

#include <string>
#include <utility>
#include <vector>

#include "cli/commands/batch_arguments.h"
#include "cli/shell/command.h"

namespace pdquant {

// `pdquant batch [INPUT …] --out OUT -- COMMAND …`: runs a command over many models, each in a process of its own.
class BatchCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  void TakeRest(std::vector<std::string> words) override { arguments_.words = std::move(words); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  BatchArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_BATCH_COMMAND_H_
