#include "batch/shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

namespace pdquant {
namespace {

using Variables = std::map<std::string, std::string>;

Result<Shard> Parse(const std::string& text, const Variables& variables = {}) {
  return ParseShard(text, [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string Auto(const Variables& variables) {
  const Result<Shard> shard = Parse("auto", variables);
  return shard.ok() ? shard->Text() : "refused";
}

TEST(ShardTest, ReadsItsNumber) {
  EXPECT_EQ(Parse("2/6")->Text(), "2/6");
  for (const char* text : {"0/6", "7/6", "1", "/", "1/0", "-1/2", "1/2/3", "a/b", "", "1/99999999999"}) {
    EXPECT_EQ(Parse(text).status().code(), StatusCode::kUsage) << text;
  }
}

TEST(ShardTest, AsksSlurm) {
  Variables array = {{"SLURM_ARRAY_TASK_ID", "5"}, {"SLURM_ARRAY_TASK_MIN", "3"}, {"SLURM_ARRAY_TASK_COUNT", "4"}};
  EXPECT_EQ(Auto(array), "3/4");
  array["SLURM_ARRAY_TASK_STEP"] = "2";
  EXPECT_EQ(Auto(array), "2/4");
  array["SLURM_ARRAY_TASK_ID"] = "6";  // 1,3,6: an array with gaps has no shards
  EXPECT_EQ(Auto(array), "refused");
  EXPECT_EQ(Auto({{"SLURM_ARRAY_TASK_ID", "5"}}), "refused");
}

TEST(ShardTest, AsksKubernetesAndParallel) {
  EXPECT_EQ(Auto({{"JOB_COMPLETION_INDEX", "0"}, {"PDQUANT_SHARDS", "3"}}), "1/3");
  EXPECT_EQ(Auto({{"PARALLEL_SEQ", "3"}, {"PDQUANT_SHARDS", "3"}}), "3/3");
  EXPECT_EQ(Auto({{"JOB_COMPLETION_INDEX", "3"}, {"PDQUANT_SHARDS", "3"}}), "refused");
  EXPECT_EQ(Auto({{"JOB_COMPLETION_INDEX", "0"}}), "refused");
  EXPECT_EQ(Auto({{"JOB_COMPLETION_INDEX", "0"}, {"PARALLEL_SEQ", "1"}, {"PDQUANT_SHARDS", "3"}}), "refused");
  EXPECT_EQ(Auto({}), "refused");
}

TEST(ShardTest, BalancesBySize) {
  std::vector<ShardWeight> jobs;
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) jobs.push_back({random() % (10U << 20U), random()});
  const std::vector<uint32_t> shards = AssignShards(jobs, 6);
  std::vector<uint64_t> loads(6);
  for (size_t i = 0; i < jobs.size(); ++i) loads[shards[i]] += jobs[i].size;
  const auto [least, most] = std::minmax_element(loads.begin(), loads.end());
  EXPECT_LT(*most - *least, 10U << 20U);
}

TEST(ShardTest, DoesNotDependOnTheOrder) {
  std::vector<ShardWeight> jobs;
  for (uint64_t i = 0; i < 100; ++i) jobs.push_back({i % 3, i * 77 % 101});
  const std::vector<uint32_t> shards = AssignShards(jobs, 7);
  std::vector<size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937(2));
  std::vector<ShardWeight> shuffled;
  for (const size_t i : order) shuffled.push_back(jobs[i]);
  const std::vector<uint32_t> other = AssignShards(shuffled, 7);
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(other[i], shards[order[i]]);
}

}  // namespace
}  // namespace pdquant
