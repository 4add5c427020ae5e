#include <string>

#include "cli/about/about.h"
#include "cli/commands/commands.h"
#include "cli/shell/command_line.h"
#include "files/output.h"

namespace pdquant {
namespace {

// `pdquant completion bash|zsh|fish`: prints the script that completes command lines of pdquant in that shell.
class CompletionCommand : public Command {
 public:
  using Writer = std::string (*)(const CommandTree& tree);

  void AddOptions(OptionList* options) override;
  int Run(const CommonOptions& common, Console* console) override;

 private:
  Writer writer_ = nullptr;
};

constexpr Words<CompletionCommand::Writer, 3> kShells = {
    {{"bash", BashCompletion}, {"zsh", ZshCompletion}, {"fish", FishCompletion}}};

}  // namespace

void CompletionCommand::AddOptions(OptionList* options) {
  options->Choice("SHELL", "", "the shell that reads the script: bash, zsh or fish", kShells, &writer_);
}

int CompletionCommand::Run(const CommonOptions& /*common*/, Console* console) {
  return console->Fail(WriteStandardOutput(writer_(CommandLine().Describe())));
}

std::unique_ptr<Command> MakeCompletionCommand() { return std::make_unique<CompletionCommand>(); }

}  // namespace pdquant
