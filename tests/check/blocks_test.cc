// P10 to P13: the numbers of blocks.
#include <gmock/gmock.h>

#include <functional>
#include <limits>

#include "check/check_testing.h"
#include "support/encode.h"

namespace pdquant {
namespace {

using testing::Codes;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int32_t kLargest = std::numeric_limits<int32_t>::max();

struct Numbers {
  int32_t idx;
  int32_t parent;
  int32_t forward;
};

proto::ProgramDesc MakeBlocks(const std::vector<Numbers>& numbers) {
  proto::ProgramDesc program;
  program.mutable_version()->set_version(1008005);
  for (const Numbers& n : numbers) {
    auto* block = program.add_blocks();
    block->set_idx(n.idx);
    block->set_parent_idx(n.parent);
    block->set_forward_block_idx(n.forward);
  }
  return program;
}

TEST(CheckBlocksTest, TwoProgramsOneAfterTheOther) {
  for (const char* network : {"mlp", "cond"}) {
    const std::string bytes = testing::ReadFile(testing::MainOf(network));
    EXPECT_THAT(Codes(testing::Check(bytes + bytes)), Contains("block-index")) << network;
  }
}

TEST(CheckBlocksTest, LastOfTwoNumbersCounts) {
  const auto block = [](const std::string& fields) {
    return testing::BytesField(1, fields) + testing::BytesField(4, "");
  };
  const std::string idx_0 = testing::VarintField(1, 0);
  const std::string parent = testing::VarintField(2, -1);
  EXPECT_THAT(Codes(testing::Check(block(testing::VarintField(1, 5) + parent + idx_0))), IsEmpty());
  EXPECT_THAT(Codes(testing::Check(block(idx_0 + parent + testing::VarintField(1, 5)))), ElementsAre("block-index"));
  EXPECT_THAT(Codes(testing::Check(block(idx_0 + parent + testing::VarintField(2, 0)))), ElementsAre("block-parent"));
}

// A field of another wire type is an unknown field, so the number is missing.
TEST(CheckBlocksTest, WrongWireType) {
  const std::string idx_as_text =
      testing::BytesField(1, testing::BytesField(1, "0") + testing::VarintField(2, -1)) + testing::BytesField(4, "");
  EXPECT_THAT(Codes(testing::Check(idx_as_text)), ElementsAre("missing-field"));
}

// P11.
TEST(CheckBlocksTest, AllIndexes) {
  for (const int32_t a : {-1, 0, 1, 2, kLargest}) {
    for (const int32_t b : {-1, 0, 1, 2, kLargest}) {
      const bool right = a == 0 && b == 1;
      EXPECT_EQ(Codes(testing::Check(MakeBlocks({{a, -1, -1}, {b, 0, -1}}))).empty(), right) << a << ' ' << b;
    }
  }
}

// All numbers for one field of `count` blocks, the other being right.
void ExpectForAll(size_t count, bool of_parent, const std::function<bool(size_t, int32_t)>& is_right) {
  std::vector<Numbers> numbers;
  for (size_t b = 0; b < count; ++b) numbers.push_back({static_cast<int32_t>(b), b == 0 ? -1 : 0, -1});
  std::vector<int32_t> values = {-2, -1, kLargest};
  for (size_t b = 0; b <= count; ++b) values.push_back(static_cast<int32_t>(b));
  const std::function<void(size_t, bool)> assign = [&](size_t b, bool right) {
    if (b == count) {
      const auto codes = Codes(testing::Check(MakeBlocks(numbers)));
      ASSERT_EQ(codes.empty(), right);
      if (!right) {
        ASSERT_THAT(codes, Not(Contains(Not("block-parent"))));
      }
      return;
    }
    for (const int32_t value : values) {
      (of_parent ? numbers[b].parent : numbers[b].forward) = value;
      assign(b + 1, right && is_right(b, value));
    }
  };
  assign(0, true);
}

// P12.
TEST(CheckBlocksTest, AllParents) {
  for (size_t count = 1; count <= 4; ++count) {
    ExpectForAll(count, true, [](size_t b, int32_t parent) {
      return b == 0 ? parent == -1 : parent >= 0 && parent < static_cast<int32_t>(b);
    });
  }
}

TEST(CheckBlocksTest, AllForwardBlocks) {
  for (size_t count = 1; count <= 4; ++count) {
    ExpectForAll(count, false,
                 [](size_t b, int32_t forward) { return forward >= -1 && forward < static_cast<int32_t>(b); });
  }
}

TEST(CheckBlocksTest, SeesTooMany) {
  std::vector<Numbers> numbers = {{0, -1, -1}};
  for (int32_t b = 1; b < 4096; ++b) numbers.push_back({b, b - 1, b - 1});
  EXPECT_THAT(Codes(testing::Check(MakeBlocks(numbers))), IsEmpty());
  numbers.push_back({4096, 4095, 4095});
  EXPECT_THAT(Codes(testing::Check(MakeBlocks(numbers))), ElementsAre("block-parent"));
  for (Numbers& n : numbers) n.forward = -1;  // nesting alone is no trouble
  EXPECT_THAT(Codes(testing::Check(MakeBlocks(numbers))), IsEmpty());
}

class SubBlockTest : public ::testing::Test {
 protected:
  SubBlockTest() : program_(testing::ParseMessage(testing::ReadFile(testing::MainOf("cond")))) {
    for (auto& block : *program_.mutable_blocks()) {
      for (auto& op : *block.mutable_ops()) {
        for (auto& attr : *op.mutable_attrs()) {
          if (attr.type() == proto::BLOCK) owners_.push_back(&attr);
        }
      }
    }
  }

  proto::ProgramDesc program_;
  std::vector<proto::OpDesc::Attr*> owners_;  // attributes that name blocks
};

// P13.
TEST_F(SubBlockTest, LeadsNowhere) {
  ASSERT_GE(owners_.size(), 2U);
  const int32_t right = owners_[0]->block_idx();
  for (const int32_t wrong : {-1, 0, program_.blocks_size(), kLargest, owners_[1]->block_idx()}) {
    owners_[0]->set_block_idx(wrong);
    const Findings findings = testing::Check(program_);
    ASSERT_THAT(Codes(findings), ElementsAre("sub-block")) << wrong;
    EXPECT_THAT(findings.all()[0].text, ::testing::HasSubstr(std::to_string(wrong)));
  }
  owners_[0]->set_block_idx(right);
  EXPECT_THAT(Codes(testing::Check(program_)), IsEmpty());
}

TEST_F(SubBlockTest, AListOfBlocks) {
  const int32_t right = owners_[0]->block_idx();
  owners_[0]->set_type(proto::BLOCKS);
  owners_[0]->clear_block_idx();
  owners_[0]->add_blocks_idx(right);
  EXPECT_THAT(Codes(testing::Check(program_)), IsEmpty());
  owners_[0]->add_blocks_idx(right);  // twice
  owners_[0]->add_blocks_idx(99);
  EXPECT_THAT(Codes(testing::Check(program_)), ElementsAre("sub-block", "sub-block"));
}

TEST(CheckSubBlocksTest, OwnBlockAndCircles) {
  proto::ProgramDesc program = MakeBlocks({{0, -1, -1}, {1, 0, -1}, {2, 1, -1}, {3, 0, -1}});
  const auto own = [&](int owner, int32_t owned) {
    auto* op = program.mutable_blocks(owner)->add_ops();
    op->set_type("while");
    auto* attr = op->add_attrs();
    attr->set_name("sub_block");
    attr->set_type(proto::BLOCK);
    attr->set_block_idx(owned);
  };
  own(0, 3);
  EXPECT_THAT(Codes(testing::Check(program)), IsEmpty());
  own(1, 1);
  EXPECT_THAT(Codes(testing::Check(program)), ElementsAre("sub-block"));
  program.mutable_blocks(1)->clear_ops();
  own(1, 2);
  EXPECT_THAT(Codes(testing::Check(program)), IsEmpty());
  own(2, 1);  // 1 in 2 in 1
  EXPECT_THAT(Codes(testing::Check(program)), ElementsAre("sub-block"));
}

// P21: linear, however many blocks there are and however deep.
TEST(CheckBlocksTest, ManyBlocks) {
  proto::ProgramDesc program;
  program.mutable_version()->set_version(1008005);
  for (int b = 0; b < 100'000; ++b) {
    auto* block = program.add_blocks();
    block->set_idx(b);
    block->set_parent_idx(b - 1);
    auto* op = block->add_ops();
    op->set_type("while");
    auto* slot = op->add_inputs();
    slot->set_parameter("X");
    if (b > 0) slot->add_arguments("x");
    if (b == 1) {
      auto* var = block->add_vars();
      var->set_name("x");
      var->mutable_type()->set_type(proto::VarType::LOD_TENSOR);
    }
    if (b == 99'999) continue;
    auto* attr = op->add_attrs();
    attr->set_name("sub_block");
    attr->set_type(proto::BLOCK);
    attr->set_block_idx(b + 1);
  }
  EXPECT_THAT(Codes(testing::Check(program)), IsEmpty());
}

}  // namespace
}  // namespace pdquant
