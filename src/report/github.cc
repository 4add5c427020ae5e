#include "report/escape_formats.h"
#include "report/report.h"

namespace pdquant {
namespace {

constexpr size_t kMostAnnotations = 10;

// GitHub's word for a note is "notice".
std::string_view CommandFor(Level level) { return level == Level::kNote ? "notice" : WordFor(level); }

std::string Line(std::string_view path, const Finding& finding) {
  std::string line = "::" + std::string(CommandFor(finding.level)) + " ";
  if (path != "-") line += "file=" + GithubProperty(NameText(path)) + ",";
  line += "title=" + GithubProperty(finding.code) + "::";
  return line + GithubText(LineOf(finding)) + "\n";
}

}  // namespace

bool WriteGithubReport(const Report& report, const TextSink& sink) {
  std::string text = "::" + std::string(CommandFor(report.worst())) +
                     " title=" + GithubProperty("pdquant " + std::string(report.command)) +
                     "::" + GithubText(report.summary) + "\n";
  size_t room = kMostAnnotations - 1;
  for (const Level level : {Level::kError, Level::kWarning, Level::kNote}) {
    for (const ReportInput& input : report.inputs) {
      for (const Finding& finding : input.findings->all()) {
        if (finding.level != level || room == 0) continue;
        text += Line(input.path, finding);
        --room;
      }
    }
  }
  return sink(text);
}

}  // namespace pdquant
