// The options that every command has.
#ifndef PDQUANT_CLI_SHELL_COMMON_OPTIONS_H_
#define PDQUANT_CLI_SHELL_COMMON_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "cli/shell/console.h"
#include "cli/shell/option_list.h"
#include "model/program_file.h"

namespace pdquant {

enum class ColorMode { kAuto, kAlways, kNever };

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

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_COMMON_OPTIONS_H_
