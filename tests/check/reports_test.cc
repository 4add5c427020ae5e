// Programs of users that Paddle trains (testdata/reports/MANIFEST.md): nothing is wrong with them.
#include <gmock/gmock.h>

#include "check/check_testing.h"
#include "support/program_builder.h"

namespace pdquant {
namespace {

using ::testing::Contains;
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

// What nothing runs does no harm: it is a note.
TEST(CheckReportsTest, ABlockThatNothingRuns) {
  for (const char* file : {"main.pb", "cast.pb"}) {
    const Findings findings = CheckReport(std::string("leftover-block/") + file);
    EXPECT_THAT(testing::Codes(findings), ElementsAre("undeclared-variable")) << file;
    EXPECT_EQ(findings.all()[0].level, Level::kNote) << file;
    EXPECT_EQ(findings.all()[0].place.block, 1) << file;
  }
}

// The second half of a training program that to_static runs as two: the first one left it the values that it reads.
TEST(CheckReportsTest, ABackwardOfItsOwn) {
  constexpr char kBackward[] = R"(
    relu_grad Out=fc_0.tmp_2 Out@GRAD=fc_0.tmp_2@GRAD : X@GRAD=fc_0.tmp_1@GRAD | op_role=1
    mul_grad X=x Y=w Out@GRAD=fc_0.tmp_1@GRAD : Y@GRAD=w@GRAD | op_role=1)";
  EXPECT_THAT(testing::Codes(testing::Check(testing::BuildProgram(kBackward))), IsEmpty());
  const std::string both = std::string("relu X=x : Out=y | op_role=0\n") + kBackward;
  EXPECT_THAT(testing::Codes(testing::Check(testing::BuildProgram(both))), Contains("unwritten-result"));
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
