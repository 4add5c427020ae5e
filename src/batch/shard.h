// Shards: a batch split among processes that don't talk to each other.
#ifndef PDQUANT_BATCH_SHARD_H_
#define PDQUANT_BATCH_SHARD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace pdquant {

inline constexpr uint32_t kMostShards = 1'000'000;

struct Shard {
  uint32_t number = 1;  // from 1
  uint32_t count = 1;

  std::string Text() const { return std::to_string(number) + "/" + std::to_string(count); }
  friend bool operator==(const Shard&, const Shard&) = default;
};

using Environment = std::function<const char*(const char* name)>;

// "I/N", or "auto", which asks the engine that started this process:
//   Slurm         SLURM_ARRAY_TASK_ID, _MIN, _COUNT (and _STEP)
//   Kubernetes    JOB_COMPLETION_INDEX, from 0, and PDQUANT_SHARDS
//   GNU parallel  PARALLEL_SEQ, from 1, and PDQUANT_SHARDS
// Errors: kUsage, also where two of them are there or none.
Result<Shard> ParseShard(std::string_view text, const Environment& environment);

// What decides where a job goes.
struct ShardWeight {
  uint64_t size = 0;  // bytes of the input
  uint64_t hash = 0;  // of its output
};

// The shard, from 0, of each job. The largest job goes first, always to the shard that has least so far: the same on
// every node that sees the same jobs, in whatever order.
std::vector<uint32_t> AssignShards(std::span<const ShardWeight> jobs, uint32_t count);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_SHARD_H_
