#include "cli/shell/command.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "cli/shell/standard_streams.h"

namespace pdquant {
namespace {

constexpr Words<Verbosity, 4> kVerbosities = {{{"error", Verbosity::kError},
                                               {"warning", Verbosity::kWarning},
                                               {"info", Verbosity::kInfo},
                                               {"debug", Verbosity::kDebug}}};
constexpr Words<ColorMode, 3> kColorModes = {
    {{"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}}};

// https://no-color.org
bool WantsNoColor() {
  const char* value = std::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

}  // namespace

void CommonOptions::AddTo(OptionList* options) {
  options->SetGroup("Options of all commands");
  options->Flag("--all", "show lists uncut, not only their first 20 entries", &all);
  options->Size("--max-bytes", "the largest input that is read", "1Gi", &limits.max_bytes);
  options->Size("--max-ops", "the most ops of a program that is read", "2M", &limits.max_ops);
  options->Flag("-q,--quiet", "show errors only: no warnings, no summary", &quiet);
  options->Flag("-v,--verbose", "also show what is done", &verbose);
  options->Choice("--log-level", "LEVEL",
                  "the least that messages are shown of: error, warning, info or debug (default warning)", kVerbosities,
                  &log_level);
  options->Choice("--color", "WHEN",
                  "colour messages: always, never or auto, which does on a "
                  "terminal where the environment variable NO_COLOR isn't set (default auto)",
                  kColorModes, &color);
  options->InputPath("--config", "FILE",
                     "take options from this TOML file, which has one table for each command; the command line wins",
                     &config);
}

ConsoleOptions CommonOptions::ForConsole() const {
  ConsoleOptions console;
  if (log_level) {
    console.verbosity = *log_level;
  } else if (verbose) {
    console.verbosity = Verbosity::kInfo;
  } else if (quiet) {
    console.verbosity = Verbosity::kError;
  }
  console.summary = !quiet;
  console.all = all;
  console.color = color == ColorMode::kAuto ? !WantsNoColor() && StandardErrorHasColor() : color == ColorMode::kAlways;
  return console;
}

}  // namespace pdquant
