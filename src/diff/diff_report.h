// What `diff` found, in each of its formats.
#ifndef PDQUANT_DIFF_DIFF_REPORT_H_
#define PDQUANT_DIFF_DIFF_REPORT_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "diff/program_diff.h"
#include "diff/tensor_diff.h"
#include "report/report.h"
#include "text/text_sink.h"

namespace pdquant {

// What `diff` found out about two inputs.
struct DiffResult {
  std::array<std::string, 2> paths;      // as they are named to the user
  std::unique_ptr<ProgramDiff> program;  // null for parameter files
  bool compared_tensors = false;
  size_t tensors = 0;  // how many were compared
  std::vector<TensorChange> tensor_changes;

  bool equal() const { return (program == nullptr || program->equal()) && tensor_changes.empty(); }
  // "3 ops changed; 1 tensor of 12 differs"; "equal".
  std::string Summary() const;
};

struct DiffOutput {
  OutputFormat format = OutputFormat::kText;
  size_t limit = 20;  // entries of a list for people; JSON is never cut
  bool expand = false;
};

// Nothing where both are equal, but for the formats that are one document: JSON, HTML, SARIF, JUnit. False where the
// sink wants no more.
bool WriteDiff(const DiffResult& result, const DiffOutput& options, const TextSink& sink);

// The formats that diff has for itself. docs/reference/diff.schema.json describes JSON; Markdown stays under 1 MiB,
// which is what GitHub takes as the summary of a job.
bool WriteDiffLines(const DiffResult& result, const DiffOutput& options, const TextSink& sink);
bool WriteDiffJson(const DiffResult& result, const TextSink& sink);
bool WriteDiffHtml(const DiffResult& result, const TextSink& sink);
bool WriteDiffMarkdown(const DiffResult& result, const DiffOutput& options, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_DIFF_REPORT_H_
