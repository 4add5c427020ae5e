// What a batch has done, for people and for programs: of one run, or of all shards.
#ifndef PDQUANT_BATCH_BATCH_REPORT_H_
#define PDQUANT_BATCH_BATCH_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "batch/batch_run.h"
#include "batch/shard_report.h"
#include "text/text_sink.h"

namespace pdquant {

struct BatchReport {
  Counts counts;
  uint32_t shards = 1;
  std::string shard;  // "2/6"; empty for all of them
  std::vector<uint32_t> missing;
  std::vector<uint32_t> incomplete;
  std::string retry;  // the command line that does failed ones again; empty where it isn't known

  // The models, in the order of the report.
  size_t size = 0;
  std::function<JobState(size_t number)> state;
  std::function<float(size_t number)> seconds;
  std::function<Result<ModelRecord>(size_t number)> read;

  uint64_t failed() const { return counts.failed + counts.still_failed; }
};

// Both refer to what they are made of.
BatchReport ReportOf(const BatchRun& run, const Shard& shard, const std::string& retry);
BatchReport ReportOf(const ShardReport& shards);

// For programs, piece by piece, since it may be large. Errors: kIo, of the journal.
Status WriteJson(const BatchReport& report, const TextSink& sink);
Status WriteJunit(const BatchReport& report, const TextSink& sink);

// The word for a state: "done", "failed", "skipped", "left".
std::string_view WordFor(JobState state);

// The summary for people. At most `limit` failures are named. Errors: kIo, of the journal.
Result<std::string> SummaryText(const BatchReport& report, size_t limit);
// The same as Markdown.
Result<std::string> SummaryMarkdown(const BatchReport& report, size_t limit);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_BATCH_REPORT_H_
