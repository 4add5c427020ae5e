// The commands of pdquant, each in a file of its name.
#ifndef PDQUANT_CLI_COMMANDS_COMMANDS_H_
#define PDQUANT_CLI_COMMANDS_COMMANDS_H_

#include <memory>

#include "cli/shell/command.h"
#include "quantize/freeze/model_rewrite.h"

namespace pdquant {

// Of programs and models: they write another one.
std::unique_ptr<Command> MakeTranspileCommand();
// freeze, int8, undo, weights and convert.
std::unique_ptr<Command> MakeModelCommand(ModelRewrite rewrite);
std::unique_ptr<Command> MakeQuantizeCommand();
std::unique_ptr<Command> MakeObserveCommand();
std::unique_ptr<Command> MakeImportCommand();
std::unique_ptr<Command> MakeParamsCommand();

// They only look.
std::unique_ptr<Command> MakeReadCommand();
std::unique_ptr<Command> MakeCheckCommand();
std::unique_ptr<Command> MakeShowCommand();
std::unique_ptr<Command> MakeDiffCommand();

std::unique_ptr<Command> MakeBatchCommand();

// About pdquant itself.
std::unique_ptr<Command> MakeGitSetupCommand();
std::unique_ptr<Command> MakeCompletionCommand();

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_COMMANDS_H_
