#include "ir/edit/edits.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>

#include "support/encode.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using testing::BytesField;

std::string Flat(Edits* edits) {
  Result<Rope> rope = edits->Apply();
  EXPECT_TRUE(rope.ok());
  const std::string flat = rope->Flatten();
  EXPECT_EQ(flat.size(), rope->size);
  return flat;
}

proto::OpDesc MakeOp(const std::string& type) {
  proto::OpDesc op;
  op.set_type(type);
  return op;
}

TEST(EditsTest, NothingQueuedIsTheSameBytesInOnePiece) {
  for (const std::string& path : testing::AllPrograms()) {
    const Program program = testing::Load(testing::ReadFile(path));
    Edits edits(program);
    EXPECT_TRUE(edits.empty());
    const Result<Rope> rope = edits.Apply();
    ASSERT_TRUE(rope.ok());
    ASSERT_EQ(rope->pieces.size(), 1U);
    EXPECT_EQ(rope->pieces[0].data(), program.bytes().data());
    EXPECT_EQ(rope->size, program.bytes().size());
  }
}

TEST(EditsTest, OrderAtOnePlace) {
  const Program program = testing::Load(testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      vars {
        name: "v"
        type { type: 7 }
      }
      ops { type: "a" }
      ops { type: "b" }
    }
    blocks { idx: 1 parent_idx: 0 })pb"));
  Edits edits(program);
  for (const char* name : {"x", "y"}) {  // the calls are not in the order of the places
    edits.AppendOp(0, MakeOp(std::string("end ") + name).SerializeAsString());
    edits.AppendOp(1, MakeOp(std::string("other ") + name).SerializeAsString());
    edits.InsertOpBefore(0, MakeOp(std::string("before a ") + name).SerializeAsString());
    edits.InsertOpAfter(0, MakeOp(std::string("after a ") + name).SerializeAsString());
    edits.InsertOpBefore(1, MakeOp(std::string("before b ") + name).SerializeAsString());
    edits.InsertOpAfter(1, MakeOp(std::string("after b ") + name).SerializeAsString());
    edits.PrependOp(0, MakeOp(std::string("first ") + name).SerializeAsString());
    edits.AddVar(0, BytesField(1, std::string("new ") + name));
    edits.AddVar(1, BytesField(1, std::string("other ") + name));
  }
  const Edits::FieldEdit appended[] = {{{}, BytesField(3, "A")}};
  edits.EditOp(0, appended);  // protobuf takes the last type
  proto::ProgramDesc result;
  ASSERT_TRUE(result.ParsePartialFromString(Flat(&edits)));
  std::vector<std::string> ops;
  for (const auto& op : result.blocks(0).ops()) ops.push_back(op.type());
  EXPECT_THAT(ops,
              ::testing::ElementsAre("first x", "first y", "before a x", "before a y", "A", "after a x", "before b x",
                                     "after a y", "before b y", "b", "end x", "after b x", "end y", "after b y"));
  ASSERT_EQ(result.blocks(0).vars_size(), 3);
  EXPECT_EQ(result.blocks(0).vars(1).name(), "new x");
  EXPECT_EQ(result.blocks(1).ops(1).type(), "other y");
  EXPECT_EQ(result.blocks(1).vars(1).name(), "other y");
}

TEST(EditsTest, TellsWhatWasMade) {
  const Program program = testing::Load(
      testing::ParseText("blocks { idx: 0 parent_idx: -1 ops { type: 'a' } } blocks { idx: 1 parent_idx: 0 }"));
  Edits edits(program);
  edits.AddVar(1, BytesField(1, "v"));
  edits.InsertOpAfter(0, MakeOp("op").SerializeAsString());
  edits.AppendOp(1, MakeOp("other").SerializeAsString());
  const Edits::FieldEdit fields[] = {{{}, BytesField(3, "A")}};
  edits.EditOp(0, fields);
  ASSERT_EQ(edits.made_vars().size(), 1U);
  EXPECT_EQ(edits.made_vars()[0].block, 1U);
  EXPECT_EQ(VarView(edits.made_vars()[0].message).name(), "v");
  ASSERT_EQ(edits.made_ops().size(), 2U);
  EXPECT_EQ(OpView(edits.made_ops()[0].message).type(), "op");
  EXPECT_EQ(edits.made_ops()[1].block, 1U);
  ASSERT_EQ(edits.edited_fields().size(), 1U);
  EXPECT_EQ(edits.edited_fields()[0].op, 0U);
}

// P23: the sum is told before anything is written. All but the first bytes of the program are memory that nobody
// touches.
TEST(EditsTest, RefusesMoreThanPaddleReads) {
  constexpr size_t kSize = Program::kMaxBytes;
  std::string inner;  // an op whose type is all the rest
  for (const uint32_t number : {3U, 4U, 1U}) {
    std::string outer;
    AppendTag(number, WireType::kBytes, &outer);
    AppendVarint(kSize - 18 + inner.size(), &outer);
    inner = outer + inner;
  }
  ASSERT_EQ(inner.size(), 18U);
  Bytes::Buffer buffer(static_cast<char*>(std::calloc(kSize, 1)));
  std::memcpy(buffer.get(), inner.data(), inner.size());
  Findings findings;
  const Result<Program> program = Program::Parse(Bytes(std::move(buffer), kSize), ScanLimits(), &findings);
  ASSERT_TRUE(program.ok()) << program.status().message();
  Edits edits(*program);
  EXPECT_TRUE(edits.Apply().ok());
  edits.AppendOp(0, "");
  const Result<Rope> rope = edits.Apply();
  EXPECT_EQ(rope.status().code(), StatusCode::kBadInput);
  EXPECT_THAT(rope.status().message(), ::testing::HasSubstr("2 GiB"));
}

}  // namespace
}  // namespace pdquant
