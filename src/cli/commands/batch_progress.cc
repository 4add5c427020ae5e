#include "cli/commands/batch_progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/shell/standard_streams.h"

namespace pdquant {
namespace {

constexpr std::chrono::milliseconds kRefresh(100);
constexpr uint64_t kFewestPerLine = 100;  // models
constexpr uint64_t kMostLines = 20;

std::string Duration(double seconds) {
  const auto whole = static_cast<uint64_t>(std::ceil(seconds));
  if (whole < 120) return std::to_string(whole) + " s";
  if (whole < 7200) return std::to_string(whole / 60) + " min";
  return std::to_string(whole / 3600) + " h";
}

}  // namespace

BatchProgress::BatchProgress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), start_(Clock::now()) {}

std::string BatchProgress::Line(const Counts& counts, Clock::time_point now) const {
  const uint64_t failed = counts.failed + counts.still_failed;
  std::string line = std::to_string(counts.finished()) + " of " + std::to_string(counts.total) + ": " +
                     std::to_string(counts.done) + " done, " + std::to_string(failed) + " failed, " +
                     std::to_string(counts.unchanged) + " skipped";
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto worked = static_cast<double>(counts.done + counts.failed);
  if (worked < 1 || seconds <= 0) return line;
  const double rate = worked / seconds;
  line += ", " + std::to_string(static_cast<uint64_t>(std::max(rate, 1.0))) + " a second";
  if (rate < 1) line.replace(line.rfind(", "), std::string::npos, ", one in " + Duration(1 / rate));
  return counts.left() == 0 ? line : line + ", " + Duration(static_cast<double>(counts.left()) / rate) + " left";
}

void BatchProgress::Show(const Counts& counts) {
  if (quiet_ || counts.finished() == 0) return;
  const Clock::time_point now = Clock::now();
  if (terminal_) {
    if (now - last_ < kRefresh) return;
    last_ = now;
    shown_ = true;
    WriteStandardError("\r" + Line(counts, now) + "\033[K");
    return;
  }
  const uint64_t step = std::max(kFewestPerLine, counts.total / kMostLines);
  if (counts.total < step || counts.finished() < std::max(next_line_, step)) return;
  next_line_ = (counts.finished() / step + 1) * step;
  WriteStandardError(Line(counts, now) + "\n");
}

void BatchProgress::End() {
  if (shown_) WriteStandardError("\r\033[K");
  shown_ = false;
}

}  // namespace pdquant
