// P21: large and deep programs. PDQUANT_SCALE in the environment multiplies the sizes (49: a million ops; what is made
// of more is over the limit of ops). Anything that isn't linear, or recurs on the graph, doesn't come to an end here.
#include <gmock/gmock.h>

#include <cstdlib>

#include "quantize/transpile/transpile_testing.h"
#include "support/program_builder.h"
#include "support/quantized_structure.h"

namespace pdquant {
namespace {

using testing::AddBlock;
using ::testing::IsEmpty;
using testing::MakeOp;
using testing::MakeVar;
using testing::Transpile;
using testing::Transpiled;

int Size() {
  const char* scale = std::getenv("PDQUANT_SCALE");
  return 10'000 * (scale != nullptr ? std::atoi(scale) : 1);
}

std::string Name(const char* prefix, int i) { return prefix + std::to_string(i); }

proto::OpDesc Mul(const std::string& x, const std::string& y, const std::string& out) {
  return MakeOp("mul X=" + x + " Y=" + y + " : Out=" + out + " | op_role=0");
}

proto::OpDesc MulGrad(const std::string& x, const std::string& y, const std::string& out) {
  return MakeOp("mul_grad Out@GRAD=" + out + "@GRAD X=" + x + " Y=" + y + " : X@GRAD=" + x + "@GRAD Y@GRAD=" + y +
                "@GRAD | op_role=1");
}

// `operands` as in MakeOp.
proto::OpDesc Control(const std::string& operands, int role, int body) {
  return MakeOp(operands + " | op_role=" + std::to_string(role) + " sub_block=block:" + std::to_string(body) +
                " is_scalar_condition=true");
}

void AddVar(proto::BlockDesc* block, const std::string& name, bool persistable) {
  *block->add_vars() = MakeVar(name + " float32[2,2]" + (persistable ? " persistable" : ""));
}

proto::ProgramDesc Start(proto::BlockDesc** block) {
  proto::ProgramDesc program;
  program.mutable_version()->set_version(0);
  *block = AddBlock(&program, -1, -1);
  return program;
}

size_t Findings(const std::string& bytes) {
  pdquant::Findings findings;
  const Program program = testing::Load(bytes, &findings);
  CheckProgram(Index(program), &findings);
  return findings.count(Level::kError);  // the first gradient of a chain has no writer
}

// One weight, read by each op of a chain and by each op of its backward.
TEST(ScaleTest, Chain) {
  const int size = Size();
  proto::BlockDesc* block = nullptr;
  proto::ProgramDesc program = Start(&block);
  AddVar(block, "w", true);
  AddVar(block, "w@GRAD", false);
  for (int i = 0; i <= size; ++i) {
    AddVar(block, Name("h", i), false);
    AddVar(block, Name("h", i) + "@GRAD", false);
  }
  for (int i = 0; i < size; ++i) *block->add_ops() = Mul(Name("h", i), "w", Name("h", i + 1));
  for (int i = size - 1; i >= 0; --i) *block->add_ops() = MulGrad(Name("h", i), "w", Name("h", i + 1));
  const Transpiled result = Transpile(program.SerializeAsString(), nullptr, {});
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  EXPECT_EQ(result.report.pairs.size(), static_cast<size_t>(size) + 1);
  EXPECT_EQ(result.report.rewires.size(), static_cast<size_t>(size) * 4);
  EXPECT_EQ(Findings(result.main), 0);
}

// One variable that is overwritten in front of each of its readers.
TEST(ScaleTest, ManyValuesOfOneVariable) {
  const int size = Size();
  proto::BlockDesc* block = nullptr;
  proto::ProgramDesc program = Start(&block);
  AddVar(block, "w", true);
  AddVar(block, "h", false);
  for (int i = 0; i < size; ++i) *block->add_ops() = Mul("h", "w", "h");
  const Transpiled result = Transpile(program.SerializeAsString(), nullptr, {});
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  EXPECT_EQ(result.report.pairs.size(), static_cast<size_t>(size) + 1);
  EXPECT_EQ(Findings(result.main), 0);
}

// Branches, each with a gradient block, that share a weight and an activation.
TEST(ScaleTest, ManyBlocks) {
  const int size = Size() / 2;
  proto::BlockDesc* block = nullptr;
  proto::ProgramDesc program = Start(&block);
  for (const char* name : {"x", "x@GRAD", "s", "w@GRAD"}) AddVar(block, name, false);
  AddVar(block, "w", true);
  for (int i = 0; i < size; ++i) AddVar(block, Name("o", i), false);
  for (int i = 0; i < size; ++i) {
    *program.mutable_blocks(0)->add_ops() =
        Control("conditional_block Input=x,w : Out=" + Name("o", i) + " Scope=s", 0, i + 1);
  }
  for (int i = 0; i < size; ++i) *AddBlock(&program, 0, -1)->add_ops() = Mul("x", "w", Name("o", i));
  for (int i = size - 1; i >= 0; --i) {
    const int body = program.blocks_size();
    auto* gradient = AddBlock(&program, 0, i + 1);
    AddVar(gradient, Name("o", i) + "@GRAD", false);
    *gradient->add_ops() = MulGrad("x", "w", Name("o", i));
    *program.mutable_blocks(0)->add_ops() =
        Control("conditional_block_grad Input=x,w Scope=s : Input@GRAD=x@GRAD,w@GRAD", 1, body);
  }
  const Transpiled result = Transpile(program.SerializeAsString(), nullptr, {});
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  EXPECT_EQ(result.report.pairs.size(), 2);
  EXPECT_EQ(result.report.rewires.size(), static_cast<size_t>(size) * 4);
  EXPECT_EQ(Findings(result.main), 0);
}

// Branches in branches, 1000 deep, with their gradient blocks.
TEST(ScaleTest, DeepBlocks) {
  constexpr int kDepth = 1000;
  proto::BlockDesc* main_block = nullptr;
  proto::ProgramDesc program = Start(&main_block);
  for (const char* name : {"x", "x@GRAD", "s", "w@GRAD", "o", "o@GRAD"}) AddVar(main_block, name, false);
  AddVar(main_block, "w", true);
  for (int i = 0; i < kDepth; ++i) AddBlock(&program, i, -1);
  for (int i = 0; i < kDepth; ++i) AddBlock(&program, i == 0 ? 0 : kDepth + i, i + 1);
  for (int i = 0; i < kDepth; ++i) {
    *program.mutable_blocks(i)->add_ops() = Control("conditional_block Input=x,w : Out=o Scope=s", 0, i + 1);
    *program.mutable_blocks(i + 1)->add_ops() = Mul("x", "w", "o");
    auto* outer = program.mutable_blocks(i == 0 ? 0 : kDepth + i);
    *program.mutable_blocks(kDepth + i + 1)->add_ops() = MulGrad("x", "w", "o");
    *outer->add_ops() =
        Control("conditional_block_grad Input=x,w Scope=s : Input@GRAD=x@GRAD,w@GRAD", 1, kDepth + i + 1);
  }
  const Transpiled result = Transpile(program.SerializeAsString(), nullptr, {});
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  EXPECT_EQ(result.report.pairs.size(), 2);
  EXPECT_EQ(Findings(result.main), 0);
  const proto::ProgramDesc after = testing::ParseMessage(result.main);
  EXPECT_THAT(testing::FloatOperands(after), IsEmpty());
}

}  // namespace
}  // namespace pdquant
