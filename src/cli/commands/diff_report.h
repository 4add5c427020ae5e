// What `diff` found, in each of its formats.
#ifndef PDQUANT_CLI_COMMANDS_DIFF_REPORT_H_
#define PDQUANT_CLI_COMMANDS_DIFF_REPORT_H_

#include <cstddef>
#include <cstdint>

#include "cli/commands/diff_arguments.h"
#include "cli/commands/diff_run.h"
#include "text/text_sink.h"

namespace pdquant {

struct DiffOutput {
  DiffFormat format = DiffFormat::kText;
  size_t limit = 20;  // entries of a list for people; JSON is never cut
  bool expand = false;
};

// Nothing where both are equal, but for the formats that are one document: JSON, SARIF, JUnit. False where the sink
// wants no more.
bool WriteDiff(const DiffResult& result, const DiffOutput& options, const TextSink& sink);

// The formats that diff has for itself. docs/reference/diff.schema.json describes JSON; Markdown stays under 1 MiB, which is what
// GitHub takes as the summary of a job.
bool WriteDiffLines(const DiffResult& result, const DiffOutput& options, const TextSink& sink);
bool WriteDiffJson(const DiffResult& result, const TextSink& sink);
bool WriteDiffMarkdown(const DiffResult& result, const DiffOutput& options, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_DIFF_REPORT_H_
