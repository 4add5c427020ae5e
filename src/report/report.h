// Findings for programs: JSON, GitHub's workflow commands, SARIF, JUnit. Names from files may be any bytes; here they
// are escaped for each format.
#ifndef PDQUANT_REPORT_REPORT_H_
#define PDQUANT_REPORT_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "text/text_sink.h"

namespace pdquant {

// What a code stands for.
struct ReportRule {
  std::string_view code;
  Level level = Level::kError;
  std::string_view summary;  // one line without a full stop
  std::string_view help;     // sentences; may be empty
};

// What was found in one file, by rules that were all looked at, broken or not.
struct ReportInput {
  std::string_view path;  // as the command line names it; "-" is standard input
  const Findings* findings = nullptr;
  std::vector<ReportRule> rules;
};

struct Report {
  std::string_view command;  // "check", "diff": its JSON has the schema "pdquant-COMMAND-report"
  int exit_code = 0;
  bool can_load = true;  // false where an input couldn't be read to its end
  std::string summary;   // one line for people, names in it escaped
  std::vector<ReportInput> inputs;

  // How many were found of a level, kept or not.
  size_t count(Level level) const;
  // The worst that was found; kNote where nothing was.
  Level worst() const;
};

// Each writes the whole report, in pieces. False where the sink wants no more.

// docs/reference/check-report.schema.json describes it.
bool WriteJsonReport(const Report& report, const TextSink& sink);

// "::error file=…,title=…::…". The summary first, then what was found, the worst first; 10 lines at most, because
// GitHub shows no more of a step.
bool WriteGithubReport(const Report& report, const TextSink& sink);

// SARIF 2.1.0 (OASIS). Each result has the file and, where it is known, the place in the program.
bool WriteSarifReport(const Report& report, const TextSink& sink);

// A test case for each input and rule, as Jenkins, GitLab and others read it. A rule that is broken by errors fails;
// warnings and notes are the output of its case.
bool WriteJunitReport(const Report& report, const TextSink& sink);

// The formats of output, of all commands.
enum class OutputFormat : uint8_t { kText, kJson, kMarkdown, kGithub, kSarif, kJunit, kCanonical, kDot, kHtml };

struct OutputFormatRow {
  OutputFormat format;
  std::string_view word;       // on the command line
  std::string_view extension;  // of a file that holds it
  // The writer of findings; null where each command has its own, for what it found or shows.
  bool (*write_findings)(const Report& report, const TextSink& sink);
};

std::span<const OutputFormatRow> OutputFormats();
const OutputFormatRow& RowOf(OutputFormat format);

// The word that all formats have for a level: "error", "warning", "note".
std::string_view WordFor(Level level);

// "PLACE: TEXT; HINT", of what is known.
std::string LineOf(const Finding& finding);

}  // namespace pdquant

#endif  // PDQUANT_REPORT_REPORT_H_
