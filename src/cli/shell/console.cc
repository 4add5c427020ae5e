#include "cli/shell/console.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/escape.h"
#include "base/version.h"
#include "base/words.h"
#include "cli/shell/standard_streams.h"
#include "report/report.h"

namespace pdquant {
namespace {

constexpr std::array<Level, 3> kWorstFirst = {Level::kError, Level::kWarning, Level::kNote};

// SGR, by level.
constexpr std::array<std::string_view, 3> kColors = {"\033[1;36m", "\033[1;33m", "\033[1;31m"};

std::string_view CodeOf(StatusCode code) {
  switch (code) {
    case StatusCode::kUsage:
      return "usage";
    case StatusCode::kBadInput:
      return "bad-input";
    case StatusCode::kIo:
      return "input-output";
    case StatusCode::kTryAgain:
      return "try-again";
    case StatusCode::kOk:
    case StatusCode::kInternal:
      break;
  }
  return "internal";
}

}  // namespace

void Console::AppendLine(Level level, std::string_view text, std::string_view code, std::string* out) const {
  *out += "pdquant: ";
  if (options_.color) *out += kColors[static_cast<size_t>(level)];
  *out += WordFor(level);
  if (options_.color) *out += "\033[0m";
  *out += ": ";
  *out += text;
  *out += " [";
  *out += code;
  *out += "]\n";
}

int Console::Fail(const Status& status) {
  if (status.ok()) return 0;
  system_error_ = status.system_error();
  std::string text = status.message();
  if (status.code() == StatusCode::kInternal) {
    text += "; this is a fault of pdquant " + std::string(kPdquantVersion) +
            ": please report this line, the command line and, if you may, the program";
  }
  if (!text.empty()) {
    std::string line;
    AppendLine(Level::kError, text, CodeOf(status.code()), &line);
    WriteStandardError(line);
  }
  return static_cast<int>(status.code());
}

void Console::Report(std::initializer_list<InputFindings> inputs) {
  constexpr size_t kChunk = size_t{64} << 10U;
  std::string text;
  size_t room = list_limit();
  std::string left_out;
  for (const Level level : kWorstFirst) {
    if (!Shows(level)) break;
    size_t more = 0;
    for (const InputFindings& input : inputs) {
      size_t shown = 0;
      for (const Finding& finding : input.findings->all()) {
        if (finding.level != level) continue;
        if (room == 0) break;
        AppendLine(level, NameOfInput(input.path) + ": " + LineOf(finding), finding.code, &text);
        if (text.size() > kChunk) WriteStandardError(std::exchange(text, {}));
        ++shown;
        --room;
      }
      more += input.findings->count(level) - shown;
    }
    if (more != 0)
      left_out += (left_out.empty() ? "" : ", ") + Counted(more, std::string("more ").append(WordFor(level)));
  }
  if (!left_out.empty()) {
    AppendLine(Level::kNote, left_out + (options_.all ? "" : "; --all shows them"), "left-out", &text);
  }
  WriteStandardError(text);
}

spdlog::logger& Console::log() {
  if (log_ != nullptr) return *log_;
  const bool debug = options_.verbosity == Verbosity::kDebug;
  using Sink = spdlog::sinks::ansicolor_stderr_sink_st;
  auto sink = std::make_shared<Sink>(options_.color ? spdlog::color_mode::always : spdlog::color_mode::never);
  log_ = std::make_shared<spdlog::logger>("pdquant", std::move(sink));
  log_->set_level(debug ? spdlog::level::debug : spdlog::level::info);
  log_->set_pattern(debug ? "%n: %^%l%$: %v (+%i us)" : "%n: %^%l%$: %v");
  log_->set_error_handler([](const std::string&) {});  // its own would write to standard error in its own way
  return *log_;
}

void Console::Info(std::string_view text) {
  if (shows_info()) log().info(text);
}

void Console::Debug(std::string_view text) {
  if (options_.verbosity == Verbosity::kDebug) log().debug(text);
}

}  // namespace pdquant
