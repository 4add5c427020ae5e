// What a command is, and the options that every one has.
#ifndef PDQUANT_CLI_SHELL_COMMAND_H_
#define PDQUANT_CLI_SHELL_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_COMMAND_H_
