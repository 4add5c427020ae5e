#include "batch/plan.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "files/io_testing.h"

namespace pdquant {
namespace {

using ::testing::HasSubstr;

Status AddAll(const std::vector<Job>& jobs, Plan* plan) {
  EXPECT_TRUE(plan->Open().ok());
  for (const Job& job : jobs) EXPECT_TRUE(plan->Add(job, job.input.size()).ok());
  return plan->Finish();
}

TEST(PlanTest, KeepsJobs) {
  Plan plan;
  ASSERT_TRUE(AddAll({{"a", "x", {"--o", ""}}, {"bb", "y/z", {}}}, &plan).ok());
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan.Read(0)->options, (std::vector<std::string>{"--o", ""}));
  EXPECT_EQ(plan.Read(1)->output, "y/z");
  EXPECT_EQ(plan.LargestFirst(), (std::vector<uint32_t>{1, 0}));
}

TEST(PlanTest, RefusesTwoInputsWithOneOutput) {
  Plan plan;
  const Status status = AddAll({{"in/a", "x", {}}, {"b", "y", {}}, {"in/c", "x", {}}}, &plan);
  EXPECT_EQ(status.code(), StatusCode::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("'in/a' and 'in/c'"));
}

TEST(PlanTest, RefusesAnOutputInsideOfAnother) {
  Plan plan;
  const Status status = AddAll({{"a", "x/y/z", {}}, {"b", "x/y", {}}}, &plan);
  EXPECT_EQ(status.code(), StatusCode::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("inside"));
}

TEST(PlanTest, HashDoesNotDependOnTheOrder) {
  Plan a;
  Plan b;
  ASSERT_TRUE(AddAll({{"a", "x", {}}, {"b", "y", {}}}, &a).ok());
  ASSERT_TRUE(AddAll({{"b", "y", {}}, {"a", "x", {}}}, &b).ok());
  EXPECT_EQ(a.Hash(), b.Hash());
}

TEST(PlanTest, ShardsShareTheJobs) {
  size_t total = 0;
  for (uint32_t number = 1; number <= 3; ++number) {
    Plan plan;
    std::vector<Job> jobs;
    for (int i = 0; i < 10; ++i) jobs.push_back({"in", "o" + std::to_string(i), {}});
    ASSERT_TRUE(AddAll(jobs, &plan).ok());
    plan.Keep({number, 3});
    total += plan.size();
  }
  EXPECT_EQ(total, 10U);
}

size_t ResidentPages() {
  size_t size = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident;
}

TEST(PlanTest, ManyJobsTakeLittleMemory) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps what was freed";
  Plan plan;
  ASSERT_TRUE(plan.Open().ok());
  const std::string folder(100, 'f');
  const size_t before = ResidentPages();
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(plan.Add({folder + std::to_string(i), folder + "/" + std::to_string(i), {}}, 1).ok());
  }
  ASSERT_TRUE(plan.Finish().ok());
  EXPECT_LT((ResidentPages() - before) * 4096, 100'000U * 100);  // less than the names of one kind alone
}

}  // namespace
}  // namespace pdquant
