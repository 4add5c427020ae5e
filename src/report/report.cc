#include "report/report.h"

#include <algorithm>

namespace pdquant {

size_t Report::count(Level level) const {
  size_t count = 0;
  for (const ReportInput& input : inputs) count += input.findings->count(level);
  return count;
}

Level Report::worst() const {
  for (const Level level : {Level::kError, Level::kWarning}) {
    if (count(level) != 0) return level;
  }
  return Level::kNote;
}

std::string_view WordFor(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      break;
  }
  return "note";
}

std::string TextAndHint(const Finding& finding) {
  return finding.hint.empty() ? finding.text : finding.text + "; " + finding.hint;
}

}  // namespace pdquant
