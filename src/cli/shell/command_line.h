// From the arguments of the process to a command that is ready to run, and to the exit code.
#ifndef PDQUANT_CLI_SHELL_COMMAND_LINE_H_
#define PDQUANT_CLI_SHELL_COMMAND_LINE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/about/about.h"
#include "cli/shell/command.h"
#include "cli/shell/option_list.h"

namespace pdquant {

class CommandLine {
 public:
  CommandLine();
  ~CommandLine();

  // Parses the arguments and reads the configuration file that they name. Errors: kUsage; kIo for that file.
  Status Parse(int argc, char** argv);

  // The command to run; null where only `text` is to be printed, the help or the version.
  Command* command() const { return command_; }
  const std::string& text() const { return text_; }
  // Its options, with the values that they got; null where there is no command.
  const OptionList* options() const { return options_; }
  const CommonOptions& common() const { return common_; }

  // All commands with their options.
  CommandTree Describe();

 private:
  struct Slot;

  void AddCommand(size_t number);
  void Build(Slot* slot);
  Slot* Find(std::string_view name) const;
  Slot* Parsed() const;
  Status TakeOptions(const Slot& slot);
  Status TakeVersion();

  std::unique_ptr<CLI::App> app_;
  std::unique_ptr<OptionList> own_options_;  // of pdquant itself
  OutputFormat version_format_ = OutputFormat::kText;
  std::vector<std::unique_ptr<Slot>> slots_;
  Command* command_ = nullptr;
  const OptionList* options_ = nullptr;
  CommonOptions common_;
  std::string text_;
};

// The program `pdquant`: prepares the process, parses the command line, runs the command. Returns the exit code;
// nothing that is thrown gets out. `system_error`, unless null, is set to the errno behind a failure, 0 where there is
// none.
int RunCommandLine(int argc, char** argv, int* system_error = nullptr);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_COMMAND_LINE_H_
