// The programs of Paddle that the reference can't rewrite, or rewrites wrongly: control flow, recompute, overwritten
// variables, several optimizers. What they compute is tests/paddle's matter; here is what can be seen without Paddle.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "quantize/freeze/model_rewrite.h"
#include "quantize/transpile/transpile_testing.h"
#include "support/quantized_structure.h"

namespace pdquant {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Transpile;
using testing::Transpiled;

// Folders with main.pb and startup.pb.
std::vector<std::string> Programs() {
  std::vector<std::string> folders;
  for (const char* network : {"dynamic_rnn", "static_rnn", "cond", "recompute", "inplace_sum", "gan"})
    folders.push_back(PDQUANT_CORPUS "/" + std::string(network));
  for (const char* version : {"1.8.5", "2.6.2"}) {
    for (const auto& entry : std::filesystem::directory_iterator(PDQUANT_CONTROL_FLOW "/" + std::string(version)))
      folders.push_back(entry.path().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

TranspileOptions Options(std::string_view weights, std::string_view activations, bool for_test = false) {
  TranspileOptions options;
  options.weight_quantize_type = FindScaleKind(weights);
  options.activation_quantize_type = FindScaleKind(activations);
  options.for_test = for_test;
  return options;
}

Findings Check(const std::string& bytes) {
  Findings findings;
  const Program program = testing::Load(bytes, &findings);
  CheckProgram(Index(program), &findings);
  return findings;
}

TEST(ControlFlowTest, Structure) {
  EXPECT_THAT(Programs(), SizeIs(6 + 55 + 16));
  for (const std::string& folder : Programs()) {
    const std::string main = testing::ReadFile(folder + "/main.pb");
    const std::string startup = testing::ReadFile(folder + "/startup.pb");
    EXPECT_THAT(Check(main).all(), IsEmpty());
    for (const ScaleKind& kind : ScaleKinds()) {
      for (const bool for_test : {false, true}) {
        SCOPED_TRACE(folder + " " + std::string(kind.word) + (for_test ? " for test" : ""));
        const Transpiled result = Transpile(main, &startup, Options(kind.word, kind.word, for_test));
        ASSERT_TRUE(result.status.ok()) << result.status.message();
        const proto::ProgramDesc after = testing::ParseMessage(result.main);
        EXPECT_THAT(testing::FloatOperands(after), IsEmpty());
        EXPECT_THAT(testing::ListProblems(after), IsEmpty());
        EXPECT_THAT(Check(result.main).all(), IsEmpty());
        EXPECT_THAT(Check(result.startup).all(), IsEmpty());
        if (for_test) continue;
        Findings findings;
        const auto undone = RewriteModel({ModelRewrite::kUndo}, testing::Load(result.main), nullptr, &findings);
        ASSERT_TRUE(undone.ok()) << undone.status().message();
        EXPECT_TRUE(undone->program.bytes() == main);
      }
    }
  }
}

int CountOps(const proto::BlockDesc& block, const std::string& type) {
  return static_cast<int>(
      std::count_if(block.ops().begin(), block.ops().end(), [&](const auto& op) { return op.type() == type; }));
}

// A weight that two loops and the main block share is quantized once, in front of all.
TEST(ControlFlowTest, SharedWeightIsQuantizedOnce) {
  const std::string folder = PDQUANT_CONTROL_FLOW "/1.8.5/two_loops";
  const Transpiled result = Transpile(testing::ReadFile(folder + "/main.pb"), nullptr, {});
  const auto of_weight = std::count_if(result.report.pairs.begin(), result.report.pairs.end(), [](const auto& pair) {
    return pair.names.dequantized == "shared_w.quantized.dequantized";
  });
  EXPECT_EQ(of_weight, 1);
  const proto::ProgramDesc after = testing::ParseMessage(result.main);
  for (const auto& op : after.blocks(0).ops()) {
    if (op.type() != "while" && op.type() != "while_grad") continue;
    for (const auto& slot : op.inputs()) {
      if (slot.parameter() != "X") continue;
      EXPECT_THAT(slot.arguments(), Contains("shared_w.quantized.dequantized")) << op.type();
    }
  }
}

// What a loop carries is quantized inside, with a counter of its own; the scale's state is in block 0.
TEST(ControlFlowTest, CarriedActivation) {
  const std::string folder = PDQUANT_CONTROL_FLOW "/1.8.5/loop_carried";
  const Transpiled result =
      Transpile(testing::ReadFile(folder + "/main.pb"), nullptr, Options("abs_max", "range_abs_max"));
  const proto::ProgramDesc after = testing::ParseMessage(result.main);
  EXPECT_EQ(CountOps(after.blocks(1), "fake_quantize_range_abs_max"), 1);
  EXPECT_EQ(CountOps(after.blocks(1), "fake_quantize_abs_max"), 0);
  std::vector<std::string> persistable;
  for (const auto& var : after.blocks(0).vars()) {
    if (var.persistable()) persistable.push_back(var.name());
  }
  EXPECT_THAT(persistable, Contains("loop_counter_0"));
  // Its backward reads what the variable holds then: a pair of its own, in the gradient block.
  EXPECT_EQ(CountOps(after.blocks(2), "fake_quantize_abs_max"), 1);
}

// Recomputed copies are quantized where they stand, as part of the backward.
TEST(ControlFlowTest, RecomputedCopies) {
  const Transpiled result =
      Transpile(testing::ReadFile(testing::MainOf("recompute")), nullptr, Options("abs_max", "moving_average_abs_max"));
  const proto::ProgramDesc after = testing::ParseMessage(result.main);
  int copies = 0;
  for (const auto& op : after.blocks(0).ops()) {
    if (op.type() != "fake_quantize_moving_average_abs_max") continue;
    for (const auto& slot : op.inputs()) {
      if (slot.parameter() != "X" || slot.arguments(0).find(".subprog_") == std::string::npos) continue;
      ++copies;
      for (const auto& attr : op.attrs()) {
        if (attr.name() != "op_role") continue;
        EXPECT_EQ(attr.i(), 1);
      }
    }
  }
  EXPECT_GT(copies, 0);
}

// Mixed precision: weights, and activations that were FP32, in front of their cast; what is computed in FP16 stays, and
// each is listed.
TEST(ControlFlowTest, Amp) {
  const Transpiled result = Transpile(testing::ReadFile(testing::MainOf("amp")), nullptr, {});
  ASSERT_TRUE(result.status.ok());
  const auto& pairs = result.report.pairs;
  EXPECT_EQ(std::count_if(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.is_weight; }), 2);
  EXPECT_EQ(pairs.size(), 3U);  // and the image, which a cast reads
  EXPECT_FALSE(result.report.kept.empty());
  for (const auto& kept : result.report.kept)
    EXPECT_THAT(kept.why, AnyOf(HasSubstr("FP16"), HasSubstr("its forward op reads it in float")));
}

// The device of an inserted op is that of the op that it serves.
TEST(ControlFlowTest, Device) {
  const std::string folder = PDQUANT_CONTROL_FLOW "/1.8.5/devices";
  const proto::ProgramDesc after =
      testing::ParseMessage(Transpile(testing::ReadFile(folder + "/main.pb"), nullptr, {}).main);
  std::vector<std::string> devices;
  for (const auto& op : after.blocks(0).ops()) {
    if (!op.type().starts_with("fake_")) continue;
    for (const auto& attr : op.attrs()) {
      if (attr.name() == "op_device") devices.push_back(attr.s());
    }
  }
  EXPECT_THAT(devices, Contains("cpu"));
}

// What is computed in another type is left alone, and listed: of the operands of the two layers of doubles, and of
// their gradients, all but the one that is cast from FP32, which is rounded in front of the cast.
TEST(ControlFlowTest, Doubles) {
  const std::string folder = PDQUANT_CONTROL_FLOW "/1.8.5/doubles";
  const Transpiled result = Transpile(testing::ReadFile(folder + "/main.pb"), nullptr, {});
  EXPECT_THAT(result.report.kept, SizeIs(6));
}

}  // namespace
}  // namespace pdquant
