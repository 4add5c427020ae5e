#include "cli/shell/command_report.h"

#include <string_view>

#include "cli/shell/standard_streams.h"

namespace pdquant {

Status AddReport(const CommandReport& report, OutputSet* outputs) {
  if (report.path.empty() || report.path == "-") return {};
  const std::string_view piece = report.json;
  return outputs->Add(report.path, {&piece, 1});
}

Status Print(const CommandReport& report) {
  const bool prints_json = report.path == "-";
  if (prints_json || report.result_on_standard_output) WriteStandardError(report.summary);
  if (prints_json) return WriteStandardOutput(report.json);
  return report.result_on_standard_output || report.summary.empty() ? Status() : WriteStandardOutput(report.summary);
}

int PrintAndCommit(const CommandReport& report, OutputSet* outputs, Console* console) {
  console->Debug("written beside the destinations");
  const Status printed = Print(report);
  const bool reader_has_gone = !printed.ok() && printed.message().empty();
  if (!printed.ok() && !reader_has_gone) return console->Fail(printed);
  const Status committed = outputs->Commit();
  console->Debug("moved to the destinations");
  return console->Fail(committed.ok() ? printed : committed);
}

}  // namespace pdquant
