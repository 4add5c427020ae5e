#include "report/report.h"

#include <array>

namespace pdquant {
namespace {

// In the order of OutputFormat.
constexpr std::array<OutputFormatRow, 9> kOutputFormats = {{
    {OutputFormat::kText, "text", ".txt", nullptr},
    {OutputFormat::kJson, "json", ".json", WriteJsonReport},
    {OutputFormat::kMarkdown, "markdown", ".md", nullptr},
    {OutputFormat::kGithub, "github", ".txt", WriteGithubReport},
    {OutputFormat::kSarif, "sarif", ".sarif", WriteSarifReport},
    {OutputFormat::kJunit, "junit", ".xml", WriteJunitReport},
    {OutputFormat::kCanonical, "canonical", ".txt", nullptr},
    {OutputFormat::kDot, "dot", ".dot", nullptr},
    {OutputFormat::kHtml, "html", ".html", nullptr},
}};

}  // namespace

std::span<const OutputFormatRow> OutputFormats() { return kOutputFormats; }

const OutputFormatRow& RowOf(OutputFormat format) { return kOutputFormats[static_cast<size_t>(format)]; }

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

std::string LineOf(const Finding& finding) {
  const std::string place = ToString(finding.place);
  return (place.empty() ? "" : place + ": ") + finding.text + (finding.hint.empty() ? "" : "; " + finding.hint);
}

}  // namespace pdquant
