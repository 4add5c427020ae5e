// What a batch has done, for people and for programs: of one run, or of all shards.
#ifndef PDQUANT_BATCH_REPORT_H_
#define PDQUANT_BATCH_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "batch/batch_run.h"
#include "batch/journal.h"
#include "batch/shard.h"
#include "text/text_sink.h"

namespace pdquant {

// What the journals of all shards say together.
class ShardReport {
 public:
  // Reads the journals of OUT. `count` is the number of shards; 0 takes it from the journals. Errors: kUsage where
  // these are of several numbers; kIo.
  Status Load(const std::string& out, uint32_t count);

  uint32_t shards() const { return count_; }
  // Shards without a journal, and shards whose last run has not done all of its jobs.
  const std::vector<uint32_t>& missing() const { return missing_; }
  const std::vector<uint32_t>& incomplete() const { return incomplete_; }
  uint64_t left() const { return left_; }  // jobs of the incomplete ones
  const std::vector<JournalFaults>& faults() const { return faults_; }

  // The models of the last runs, sorted by output.
  struct Model {
    std::string output;
    uint32_t shard = 0;
    bool done = false;
    float seconds = 0;
    uint64_t place = 0;  // in the journal of its shard
  };
  const std::vector<Model>& models() const { return models_; }
  // Errors: kIo.
  Result<ModelRecord> Read(const Model& model) const;

 private:
  Status FindCount();
  Status LoadShard(uint32_t number);

  std::string out_;
  uint32_t count_ = 0;
  std::vector<uint32_t> missing_;
  std::vector<uint32_t> incomplete_;
  uint64_t left_ = 0;
  std::vector<JournalFaults> faults_;
  std::vector<Model> models_;
};

// What a report says, wherever it comes from.
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

#endif  // PDQUANT_BATCH_REPORT_H_
