// Real programs: the check finds nothing in them, and something in all that is left when they are cut.
#include <gmock/gmock.h>

#include <algorithm>

#include "check/check_testing.h"

namespace pdquant {
namespace {

using ::testing::IsEmpty;

TEST(CheckCorpusTest, FindsNothingInRealPrograms) {
  for (const std::string& path : testing::AllPrograms()) {
    EXPECT_THAT(testing::Codes(testing::Check(testing::ReadFile(path))), IsEmpty()) << path;
  }
}

// The encoded size of a field with a number below 16 that holds a message.
size_t FieldSize(const google::protobuf::Message& message) {
  size_t size = message.ByteSizeLong();
  size_t total = 1 + size;
  do {
    ++total;
    size >>= 7U;
  } while (size != 0);
  return total;
}

// The lengths at which a program may be cut and still be one: behind a top-level field, with all blocks that an op
// owns. Found with protobuf's messages.
std::vector<size_t> WellFormedPrefixes(const proto::ProgramDesc& program) {
  int32_t needed = 0;  // the last block that an op owns
  for (const auto& block : program.blocks()) {
    for (const auto& op : block.ops()) {
      for (const auto& attr : op.attrs()) {
        if (attr.type() == proto::BLOCK) needed = std::max(needed, attr.block_idx());
        for (const int32_t b : attr.blocks_idx()) needed = std::max(needed, b);
      }
    }
  }
  std::vector<size_t> lengths;
  size_t length = 0;
  for (int b = 0; b < program.blocks_size(); ++b) {
    length += FieldSize(program.blocks(b));
    if (b >= needed) lengths.push_back(length);
  }
  if (program.has_op_compatible_map()) lengths.push_back(length += FieldSize(program.op_compatible_map()));
  if (program.has_version()) lengths.push_back(length += FieldSize(program.version()));
  EXPECT_FALSE(program.has_op_version_map());
  EXPECT_EQ(length, program.ByteSizeLong());
  return lengths;
}

// P1.
TEST(CheckCorpusTest, AllPrefixes) {
  // How many prefixes are well formed. Each program is its blocks and the version. The last two blocks of `recompute`
  // belong to no op.
  const std::pair<const char*, size_t> kPrograms[] = {
      {"mlp", 2}, {"lenet", 2}, {"cond", 2}, {"recompute", 4}, {"lstm", 2}};
  for (const auto& [network, count] : kPrograms) {
    const std::string bytes = testing::ReadFile(testing::MainOf(network));
    ASSERT_LE(bytes.size(), 65536U);
    std::vector<size_t> accepted;
    for (size_t size = 0; size <= bytes.size(); ++size) {
      if (testing::IsWellFormed(std::string_view(bytes).substr(0, size))) accepted.push_back(size);
    }
    EXPECT_EQ(accepted, WellFormedPrefixes(testing::ParseMessage(bytes))) << network;
    EXPECT_EQ(accepted.size(), count) << network;
  }
}

TEST(CheckCorpusTest, WarnsWhereTheVersionIsCutOff) {
  proto::ProgramDesc program = testing::ParseMessage(testing::ReadFile(testing::MainOf("mlp")));
  program.clear_version();
  const Findings findings = testing::Check(program);
  EXPECT_THAT(testing::Codes(findings), ::testing::ElementsAre("no-version"));
  EXPECT_FALSE(findings.has_errors());
}

}  // namespace
}  // namespace pdquant
