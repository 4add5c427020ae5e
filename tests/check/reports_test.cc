// Programs of users that Paddle trains (testdata/reports/*/SOURCE): nothing is wrong with them.
#include <gmock/gmock.h>

#include "check/check_testing.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Findings CheckReport(const std::string& file) {
  return testing::Check(testing::ReadFile(std::string(PDQUANT_TESTDATA "/reports/") + file));
}

// A queue that lives in the scope only is declared by no program.
TEST(CheckReportsTest, ReaderQueues) {
  for (const char* file : {"dataloader-1.8.pb", "dataloader-startup-1.8.pb", "py-reader.pb", "py-reader-startup.pb"}) {
    EXPECT_THAT(testing::Codes(CheckReport(std::string("reader-queue/") + file)), IsEmpty()) << file;
  }
}

TEST(CheckReportsTest, ABlockOfAnOpAndItsGradient) {
  for (const char* file : {"doc-example.pb", "pylayer-train.pb", "pylayer-train-startup.pb", "two-pylayers.pb",
                           "two-pylayers-startup.pb"}) {
    EXPECT_THAT(testing::Codes(CheckReport(std::string("pylayer/") + file)), IsEmpty()) << file;
  }
}

// What nothing runs does no harm: it is told as a warning.
TEST(CheckReportsTest, ABlockThatNothingRuns) {
  for (const char* file : {"main.pb", "cast.pb"}) {
    const Findings findings = CheckReport(std::string("leftover-block/") + file);
    EXPECT_THAT(testing::Codes(findings), ElementsAre("undeclared-variable")) << file;
    EXPECT_FALSE(findings.has_errors()) << file;
    EXPECT_EQ(findings.all()[0].place.block, 1) << file;
  }
}

// Only an op and its gradient op may share a block.
TEST(CheckReportsTest, ABlockOfTwoOps) {
  const Findings findings = testing::Check(testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      ops {
        type: "conditional_block"
        attrs { name: "sub_block" type: 8 block_idx: 1 }
      }
      ops {
        type: "conditional_block"
        attrs { name: "sub_block" type: 8 block_idx: 1 }
      }
    }
    blocks { idx: 1 parent_idx: 0 }
    version { version: 1008005 })pb"));
  EXPECT_THAT(testing::Codes(findings), ElementsAre("sub-block"));
  EXPECT_TRUE(findings.has_errors());
}

}  // namespace
}  // namespace pdquant
