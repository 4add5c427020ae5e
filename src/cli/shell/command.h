// What a command is, and the options that every one has.
#ifndef PDQUANT_CLI_SHELL_COMMAND_H_
#define PDQUANT_CLI_SHELL_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/shell/console.h"
#include "cli/shell/option_list.h"
#include "model/program_file.h"

namespace pdquant {

enum class ColorMode { kAuto, kAlways, kNever };

// The options that every command has.
struct CommonOptions {
  bool all = false;
  LoadLimits limits;
  bool quiet = false;
  bool verbose = false;
  std::optional<Verbosity> log_level;  // goes before quiet and verbose
  ColorMode color = ColorMode::kAuto;
  std::string config;

  void AddTo(OptionList* options);
  // Reads the environment: NO_COLOR and TERM.
  ConsoleOptions ForConsole() const;
};

// The exit codes that are no failure of a call; the others are the values of StatusCode.
inline constexpr int kExitDone = 0;
inline constexpr int kExitBreaksRules = 1;  // `check`: the program loads but isn't well formed
inline constexpr int kExitDifferent = 1;    // `diff`: not equal
inline constexpr int kExitSomeFailed = 1;   // `batch`: some model failed

class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  virtual void AddOptions(OptionList* options) = 0;
  // What follows "--", of a command that takes it.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): who overrides it keeps them
  virtual void TakeRest(std::vector<std::string> /*words*/) {}
  // Called once the options are set; those that are required are checked here, since a configuration file may give
  // them. Returns the exit code.
  virtual int Run(const CommonOptions& common, Console* console) = 0;
};

// A command that is its arguments, which add their options and say whether they make sense, and `run`, which gets those
// that do.
template <typename Arguments, int (*run)(const Arguments& arguments, const CommonOptions& common, Console* console)>
class CommandOf : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override {
    const Status status = arguments_.Validate();
    return status.ok() ? run(arguments_, common, console) : console->Fail(status);
  }

 private:
  Arguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_COMMAND_H_
