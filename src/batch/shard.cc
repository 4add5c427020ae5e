#include "batch/shard.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <queue>
#include <utility>

#include "base/escape.h"
#include "base/number_text.h"

namespace pdquant {
namespace {

// What starting a job costs, in bytes: small models count, too.
constexpr uint64_t kBaseSize = uint64_t{64} << 10U;

bool IsSet(const Environment& environment, const char* name) {
  const char* value = environment(name);
  return value != nullptr && *value != '\0';
}

Result<uint32_t> Variable(const Environment& environment, const char* name) {
  if (!IsSet(environment, name)) return UsageError(std::string("--shard auto: ") + name + " is not set");
  const std::optional<uint32_t> value = ParseNumber<uint32_t>(environment(name));
  if (!value) return UsageError(std::string("--shard auto: ") + name + " is " + Quote(environment(name)));
  return *value;
}

// `number` is from 1.
Result<Shard> Checked(uint64_t number, uint64_t count, const std::string& source) {
  if (count == 0 || count > kMostShards || number == 0 || number > count) {
    return UsageError("--shard: " + source + ": shards are numbered from 1 to their count");
  }
  return Shard{static_cast<uint32_t>(number), static_cast<uint32_t>(count)};
}

Result<Shard> FromSlurm(const Environment& environment) {
  const Result<uint32_t> id = Variable(environment, "SLURM_ARRAY_TASK_ID");
  const Result<uint32_t> first = Variable(environment, "SLURM_ARRAY_TASK_MIN");
  const Result<uint32_t> count = Variable(environment, "SLURM_ARRAY_TASK_COUNT");
  uint32_t step = 1;
  for (const Result<uint32_t>* value : {&id, &first, &count}) {
    if (!value->ok()) return value->status();
  }
  if (IsSet(environment, "SLURM_ARRAY_TASK_STEP")) {
    const Result<uint32_t> given = Variable(environment, "SLURM_ARRAY_TASK_STEP");
    if (!given.ok()) return given.status();
    step = std::max<uint32_t>(*given, 1);
  }
  const std::string source = "task " + std::to_string(*id) + " of a Slurm array of " + std::to_string(*count) +
                             " from " + std::to_string(*first);
  if (*id < *first || (*id - *first) % step != 0) return UsageError("--shard auto: " + source + " has gaps");
  return Checked(uint64_t{(*id - *first) / step} + 1, *count, source);
}

Result<Shard> FromIndex(const Environment& environment, const char* name, uint32_t offset) {
  const Result<uint32_t> index = Variable(environment, name);
  if (!index.ok()) return index.status();
  const Result<uint32_t> count = Variable(environment, "PDQUANT_SHARDS");
  if (!count.ok()) return count.status();
  return Checked(uint64_t{*index} + offset, *count,
                 std::string(name) + "=" + std::to_string(*index) + " with PDQUANT_SHARDS=" + std::to_string(*count));
}

Result<Shard> FromEnvironment(const Environment& environment) {
  const bool slurm = IsSet(environment, "SLURM_ARRAY_TASK_ID");
  const bool kubernetes = IsSet(environment, "JOB_COMPLETION_INDEX");
  const bool parallel = IsSet(environment, "PARALLEL_SEQ");
  if (slurm + kubernetes + parallel > 1) {
    return UsageError("--shard auto: several engines have set their variables; say --shard I/N");
  }
  if (slurm) return FromSlurm(environment);
  if (kubernetes) return FromIndex(environment, "JOB_COMPLETION_INDEX", 1);
  if (parallel) return FromIndex(environment, "PARALLEL_SEQ", 0);
  return UsageError(
      "--shard auto: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and PARALLEL_SEQ is set; say --shard I/N");
}

}  // namespace

Result<Shard> ParseShard(std::string_view text, const Environment& environment) {
  if (text == "auto") return FromEnvironment(environment);
  const size_t slash = text.find('/');
  const std::optional<uint32_t> number = ParseNumber<uint32_t>(text.substr(0, slash));
  const std::optional<uint32_t> count =
      slash == std::string_view::npos ? std::nullopt : ParseNumber<uint32_t>(text.substr(slash + 1));
  if (!number || !count) return UsageError("--shard: " + Quote(text) + " is not I/N or auto");
  return Checked(*number, *count, Quote(text));
}

std::vector<uint32_t> AssignShards(std::span<const ShardWeight> jobs, uint32_t count) {
  std::vector<size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(jobs[b].size, jobs[a].hash) < std::pair(jobs[a].size, jobs[b].hash);
  });
  using Load = std::pair<uint64_t, uint32_t>;
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (uint32_t i = 0; i < count; ++i) loads.emplace(0, i);
  std::vector<uint32_t> shards(jobs.size());
  for (const size_t i : order) {
    const auto [load, shard] = loads.top();
    loads.pop();
    shards[i] = shard;
    loads.emplace(load + jobs[i].size + kBaseSize, shard);
  }
  return shards;
}

}  // namespace pdquant
