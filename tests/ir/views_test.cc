#include "ir/views.h"

#include <gmock/gmock.h>

#include "support/encode.h"
#include "support/programs.h"
#include "support/view_compare.h"

namespace pdquant {
namespace {

using testing::BytesField;
using testing::VarintField;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// `block` as the only block of a program; its views agree with protobuf.
void ExpectSameAsProtobuf(const std::string& block) {
  const Program program = testing::Load(BytesField(1, block));
  EXPECT_EQ(testing::DifferenceFromProtobuf(program, Index(program), testing::ParseMessage(BytesField(1, block))), "");
}

TEST(ViewsTest, AgreeWithProtobufOnAllRealPrograms) {
  for (const std::string& path : testing::AllPrograms()) {
    const std::string bytes = testing::ReadFile(path);
    Findings findings;
    const Program program = testing::Load(bytes, &findings);
    EXPECT_EQ(testing::DifferenceFromProtobuf(program, Index(program), testing::ParseMessage(bytes)), "") << path;
    EXPECT_THAT(findings.all(), IsEmpty()) << path;
  }
}

TEST(ViewsTest, LastOfASingularFieldCounts) {
  const std::string twice = BytesField(1, "a") + VarintField(2, proto::FLOAT) + VarintField(3, 5) + BytesField(1, "b") +
                            VarintField(2, proto::INT) + VarintField(3, 7);
  const AttrView attr(twice);
  EXPECT_EQ(attr.name(), "b");
  EXPECT_EQ(attr.type(), proto::INT);
  EXPECT_EQ(attr.AsInt(), 7);
  const std::string op =
      BytesField(3, "first") + BytesField(4, BytesField(1, "op_role") + VarintField(2, 0) + VarintField(3, 1)) +
      BytesField(3, "last") +
      BytesField(4, BytesField(1, "op_role") + VarintField(2, 0) + VarintField(3, 2) + VarintField(3, 256));
  EXPECT_EQ(OpView(op).type(), "last");
  EXPECT_EQ(OpView(op).attr("op_role")->AsInt(), 256);
  ExpectSameAsProtobuf(VarintField(1, 0) + VarintField(2, -1) + VarintField(1, 5) + VarintField(2, 6) +
                       VarintField(5, 7) + BytesField(4, op));
}

TEST(ViewsTest, SubMessagesMerge) {
  const std::string dims = BytesField(2, BytesField(3, BytesField(1, VarintField(1, 5) + VarintField(2, 3))));
  const std::string more = BytesField(2, BytesField(3, VarintField(2, 1) + BytesField(1, VarintField(2, 4))) +
                                             BytesField(3, BytesField(1, VarintField(1, 6))) + VarintField(1, 7));
  const std::string bytes = BytesField(1, "x") + dims + more;
  const VarView var(bytes);
  EXPECT_EQ(var.kind(), proto::VarType::LOD_TENSOR);
  ASSERT_TRUE(var.lod_tensor().has_value());
  EXPECT_EQ(var.lod_tensor()->data_type, proto::VarType::FP64);
  EXPECT_THAT(var.lod_tensor()->dims, ElementsAre(3, 4));
  EXPECT_EQ(var.lod_tensor()->lod_level, 1);
  EXPECT_EQ(var.type_fields(), dims + more);
  ExpectSameAsProtobuf(VarintField(1, 0) + VarintField(2, -1) + BytesField(3, bytes));
}

TEST(ViewsTest, PackedListsAndSingleValuesAddUp) {
  const std::string blocks = BytesField(1, "b") + VarintField(2, proto::BLOCKS) + BytesField(14, "\x01\x02") +
                             VarintField(14, 3) + BytesField(14, "");
  EXPECT_THAT(AttrView(blocks).AsBlocks(), ElementsAre(1, 2, 3));
  const std::string ints = BytesField(1, "i") + VarintField(2, proto::INTS) + VarintField(6, -1) +
                           BytesField(6, std::string(9, '\xff') + "\x01\x7f");
  EXPECT_THAT(AttrView(ints).AsInts(), ElementsAre(-1, -1, 127));
  const std::string var =
      BytesField(1, "x") +
      BytesField(2, VarintField(1, 7) + BytesField(3, BytesField(1, VarintField(1, 5) + BytesField(2, "\x02\x03") +
                                                                        VarintField(2, -1))));
  EXPECT_THAT(VarView(var).lod_tensor()->dims, ElementsAre(2, 3, -1));
  ExpectSameAsProtobuf(VarintField(1, 0) + VarintField(2, -1) + BytesField(3, var) +
                       BytesField(4, BytesField(3, "op") + BytesField(4, blocks) + BytesField(4, ints)));
}

TEST(ViewsTest, FieldsInAnyOrder) {
  const std::string slot = BytesField(2, "a") + BytesField(1, "X") + BytesField(2, "b");
  const std::string op = BytesField(4, VarintField(3, 1) + VarintField(2, 0) + BytesField(1, "op_role")) +
                         BytesField(2, BytesField(2, "c") + BytesField(1, "Out")) + BytesField(1, slot) +
                         BytesField(3, "op") + BytesField(2, BytesField(1, "Out2") + BytesField(2, "d")) +
                         BytesField(1, BytesField(1, "Y") + BytesField(2, "e"));
  const std::string block = BytesField(4, op) + VarintField(5, -1) +
                            BytesField(3, VarintField(3, 1) + BytesField(2, VarintField(1, 7)) + BytesField(1, "a")) +
                            VarintField(2, -1) + BytesField(4, BytesField(3, "second")) +
                            BytesField(3, BytesField(2, VarintField(1, 7)) + BytesField(1, "b")) + VarintField(1, 0);
  ExpectSameAsProtobuf(block);
  const Program program = testing::Load(BytesField(1, block));
  EXPECT_EQ(program.var(1).name(), "b");
  EXPECT_EQ(program.op(1).type(), "second");
}

TEST(ViewsTest, ValuesNeedTheirType) {
  const std::string all = VarintField(3, 1) + VarintField(10, 1) + BytesField(5, "s") + VarintField(6, 1) +
                          BytesField(8, "t") + VarintField(12, 1) + VarintField(14, 1) + BytesField(17, "v") +
                          BytesField(18, "w") + "\x25" + std::string(4, '\0');
  const std::string of_floats = BytesField(1, "a") + VarintField(2, proto::FLOATS) + all;
  const AttrView floats(of_floats);
  EXPECT_EQ(floats.AsInt(), std::nullopt);
  EXPECT_EQ(floats.AsBool(), std::nullopt);
  EXPECT_EQ(floats.AsFloat(), std::nullopt);
  EXPECT_EQ(floats.AsString(), std::nullopt);
  EXPECT_THAT(floats.AsInts(), IsEmpty());
  EXPECT_THAT(floats.AsStrings(), IsEmpty());
  EXPECT_THAT(floats.AsBlocks(), IsEmpty());
  EXPECT_THAT(floats.AsVars(), IsEmpty());
}

TEST(ViewsTest, KindsOfANewerPaddle) {
  EXPECT_EQ(AttrView(BytesField(1, "a") + VarintField(2, 99)).type(), 99);
  EXPECT_EQ(VarView(BytesField(1, "x") + BytesField(2, VarintField(1, 99))).kind(), 99);
}

TEST(ProgramTest, RefusesWhatHasNoBlock) {
  Findings findings;
  for (const std::string& bytes : {std::string(), BytesField(4, VarintField(1, 2006002)), VarintField(1, 1)}) {
    const Result<Program> program = Program::Parse(Bytes::Copy(bytes), ScanLimits(), &findings);
    EXPECT_EQ(program.status().code(), StatusCode::kBadInput);
    EXPECT_EQ(program.status().message(), "a program without a block");
  }
}

TEST(ProgramTest, NumbersGoOnThroughEmptyBlocks) {
  const Program program = testing::Load(testing::ParseText(R"pb(
    blocks { idx: 0 parent_idx: -1 }
    blocks {
      idx: 1
      parent_idx: 0
      vars {
        name: "a"
        type { type: 7 }
      }
      ops { type: "x" }
      ops { type: "y" }
    }
    blocks { idx: 2 parent_idx: 0 }
    blocks {
      idx: 3
      parent_idx: 2
      vars {
        name: "b"
        type { type: 7 }
      }
      vars {
        name: "c"
        type { type: 7 }
      }
      ops { type: "z" }
    }
    blocks { idx: 4 parent_idx: 3 })pb"));
  ASSERT_EQ(program.blocks().size(), 5U);
  EXPECT_EQ(program.op_count(), 3U);
  EXPECT_EQ(program.var_count(), 3U);
  EXPECT_EQ(program.BlockOfOp(0), 1U);
  EXPECT_EQ(program.BlockOfOp(1), 1U);
  EXPECT_EQ(program.BlockOfOp(2), 3U);
  EXPECT_EQ(program.BlockOfVar(0), 1U);
  EXPECT_EQ(program.BlockOfVar(2), 3U);
  EXPECT_EQ(program.block(3).parent, 2);
  EXPECT_FALSE(program.has_version());
}

}  // namespace
}  // namespace pdquant
