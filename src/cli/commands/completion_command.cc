#include "cli/commands/completion_command.h"

#include "cli/about/completion.h"
#include "cli/shell/command_line.h"
#include "files/output.h"

namespace pdquant {
namespace {

constexpr Words<CompletionCommand::Writer, 3> kShells = {
    {{"bash", BashCompletion}, {"zsh", ZshCompletion}, {"fish", FishCompletion}}};

}  // namespace

void CompletionCommand::AddOptions(OptionList* options) {
  options->Choice("SHELL", "", "the shell that reads the script: bash, zsh or fish", kShells, &writer_);
}

int CompletionCommand::Run(const CommonOptions& /*common*/, Console* console) {
  return console->Fail(WriteStandardOutput(writer_(CommandLine().Describe())));
}

}  // namespace pdquant
