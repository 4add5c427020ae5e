// What the journals of all shards say together.
#ifndef PDQUANT_BATCH_SHARD_REPORT_H_
#define PDQUANT_BATCH_SHARD_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "batch/journal.h"
#include "batch/record.h"
#include "batch/shard.h"

namespace pdquant {

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

}  // namespace pdquant

#endif  // PDQUANT_BATCH_SHARD_REPORT_H_
