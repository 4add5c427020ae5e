// What the user reads. Results go to standard output, messages to standard error, one line each:
//   pdquant: LEVEL: PATH: PLACE: TEXT; HINT [CODE]
// docs/reference/messages.md describes the form; scripts may rely on it.
#ifndef PDQUANT_CLI_SHELL_CONSOLE_H_
#define PDQUANT_CLI_SHELL_CONSOLE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "base/status.h"

namespace spdlog {
class logger;
}

namespace pdquant {

enum class Verbosity { kError, kWarning, kInfo, kDebug };

struct ConsoleOptions {
  Verbosity verbosity = Verbosity::kWarning;  // kWarning shows notes, too
  bool summary = true;                        // whether to print results
  bool all = false;                           // whether lists are uncut
  bool color = false;
};

// What was found in one input.
struct InputFindings {
  std::string_view path;
  const Findings* findings = nullptr;
};

class Console {
 public:
  explicit Console(const ConsoleOptions& options) : options_(options) {}

  // The most findings of a level that are kept in any case.
  static constexpr size_t kMostFindings = 1'000'000;

  // How many entries of a list are shown.
  size_t list_limit() const { return options_.all ? SIZE_MAX : kListLimit; }
  // How many findings of a level are worth keeping; the others are counted.
  size_t findings_capacity() const { return options_.all ? kMostFindings : kListLimit; }
  bool shows_summary() const { return options_.summary; }
  bool shows_info() const { return options_.verbosity >= Verbosity::kInfo; }

  // Returns the exit code of a call. Where it failed, prints its message, nothing where it has none: then findings said
  // it all, or the reader has gone.
  int Fail(const Status& status);
  // The errno behind the last failure that was printed; 0 where there is none.
  int system_error() const { return system_error_; }
  // Prints the findings of one run, the worst first, as many as a list may show, and how many are left out.
  void Report(std::initializer_list<InputFindings> inputs);

  // For -v and --log-level debug; `Info` only where shows_info().
  void Info(std::string_view text);
  void Debug(std::string_view text);

 private:
  static constexpr size_t kListLimit = 20;
  bool Shows(Level level) const { return level == Level::kError || options_.verbosity >= Verbosity::kWarning; }
  void AppendLine(Level level, std::string_view text, std::string_view code, std::string* out) const;
  spdlog::logger& log();

  ConsoleOptions options_;
  int system_error_ = 0;
  std::shared_ptr<spdlog::logger> log_;  // of -v and --log-level debug; created where somebody reads it
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_CONSOLE_H_
