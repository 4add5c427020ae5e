#include "quantize/observe/observe_pass.h"

#include <gmock/gmock.h>

#include <array>

#include "quantize/pipeline.h"
#include "support/program_builder.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::ThrowsMessage;

// A product in a branch in a loop.
constexpr char kProgram[] = R"(
  var x float32[-1,8] need_check_feed
  var w float32[8,8] persistable
  var c bool[1]
  var d bool[1]
  while X=x,w Condition=c : Out=x,c StepScopes=s | sub_block=block:1
  fetch X=x : Out=fetch | col=0
  block 0
  conditional_block Cond=d Input=x,w : Out=x Scope=t | sub_block=block:2 is_scalar_condition=true
  block 1
  mul X=x Y=w : Out=y | x_num_col_dims=1 y_num_col_dims=1
)";

proto::ProgramDesc Observe(const ObserveOptions& options, std::string_view program = kProgram,
                           std::string* warnings = nullptr) {
  Findings findings;
  ObservePass pass(&options);
  const std::array<Pass*, 1> passes = {&pass};
  Pipeline pipeline(Load(BuildProgram(program)), std::nullopt, &findings, nullptr);
  const Status status = pipeline.Run(passes);
  if (!status.ok()) throw std::runtime_error(status.message());
  for (const Finding& finding : findings.all()) {
    if (warnings != nullptr) *warnings += ToString(finding.place) + ": " + finding.text + "\n";
  }
  return ParseMessage(pipeline.Main()->Flatten());
}

std::vector<std::string> OpsOf(const proto::BlockDesc& block) {
  std::vector<std::string> ops;
  for (const auto& op : block.ops()) ops.push_back(OpText(op));
  return ops;
}

float StartOf(const proto::ProgramDesc& program, const std::string& variable) {
  for (const auto& op : program.blocks(0).ops()) {
    if (op.type() != "fill_constant" || op.outputs(0).arguments(0) != variable) continue;
    for (const auto& attr : op.attrs()) {
      if (attr.name() == "value") return attr.f();
    }
  }
  throw std::runtime_error("nothing fills " + variable);
}

TEST(ObservePass, HandsTheRangesOfABodyOnToTheMainBlock) {
  const proto::ProgramDesc program = Observe({});
  ASSERT_EQ(program.blocks_size(), 3);
  const std::vector<std::string> main = OpsOf(program.blocks(0));
  ASSERT_GE(main.size(), 5U);
  EXPECT_THAT(std::vector(main.begin(), main.begin() + 5),
              ElementsAre("fill_constant : Out=pdquant.0.least", "fill_constant : Out=pdquant.0.largest",
                          "fill_constant : Out=pdquant.1.least", "fill_constant : Out=pdquant.1.largest",
                          "while X=x,w,pdquant.0.least,pdquant.0.largest,pdquant.1.least,pdquant.1.largest "
                          "Condition=c : Out=x,c,pdquant.0.least,pdquant.0.largest,pdquant.1.least,pdquant.1.largest "
                          "StepScopes=s"));
  EXPECT_EQ(StartOf(program, "pdquant.0.least"), kNoLeast);
  EXPECT_EQ(StartOf(program, "pdquant.0.largest"), kNoLargest);
  EXPECT_THAT(OpsOf(program.blocks(1)),
              ElementsAre("conditional_block Cond=d "
                          "Input=x,w,pdquant.0.least,pdquant.0.largest,pdquant.1.least,pdquant.1.largest : "
                          "Out=x,pdquant.0.least,pdquant.0.largest,pdquant.1.least,pdquant.1.largest Scope=t"));
  EXPECT_THAT(OpsOf(program.blocks(2)),
              ElementsAre("reduce_min X=x : Out=pdquant.0.min",
                          "reshape2 X=pdquant.0.min : Out=pdquant.0.part XShape=pdquant.0.part.shape",
                          "elementwise_min X=pdquant.0.part Y=pdquant.0.least : Out=pdquant.0.least",
                          "reduce_max X=x : Out=pdquant.0.max",
                          "reshape2 X=pdquant.0.max : Out=pdquant.0.part_1 XShape=pdquant.0.part.shape_1",
                          "elementwise_max X=pdquant.0.part_1 Y=pdquant.0.largest : Out=pdquant.0.largest",
                          "mul X=x Y=w : Out=y", "reduce_min X=y : Out=pdquant.1.min",
                          "reshape2 X=pdquant.1.min : Out=pdquant.1.part XShape=pdquant.1.part.shape",
                          "elementwise_min X=pdquant.1.part Y=pdquant.1.least : Out=pdquant.1.least",
                          "reduce_max X=y : Out=pdquant.1.max",
                          "reshape2 X=pdquant.1.max : Out=pdquant.1.part_1 XShape=pdquant.1.part.shape_1",
                          "elementwise_max X=pdquant.1.part_1 Y=pdquant.1.largest : Out=pdquant.1.largest"));
  const Program made = Load(program);
  const Result<ObservedList> list = ReadObservedList(Index(made));
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_EQ(list->kind, ObservedKind::kRanges);
  ASSERT_EQ(list->values.size(), 2U);
  EXPECT_EQ(list->values[0].name, "x");
  EXPECT_EQ(list->values[1].name, "y");
}

TEST(ObservePass, AddsUpTheHistogramsOfABody) {
  ObserveOptions options;
  options.limit_of = [](std::string_view variable) { return variable == "x" ? std::optional(2.0F) : std::nullopt; };
  for (const bool portable : {false, true}) {
    options.portable = portable;
    const proto::ProgramDesc program = Observe(options);
    EXPECT_EQ(StartOf(program, "pdquant.0.sum"), 0);
    EXPECT_THAT(OpsOf(program.blocks(2)),
                Contains("elementwise_add X=pdquant.0.part Y=pdquant.0.sum : Out=pdquant.0.sum"));
    const auto& inputs = program.blocks(1).ops(0).inputs(1).arguments();
    EXPECT_THAT(std::vector<std::string>(inputs.begin(), inputs.end()),
                IsSupersetOf({"pdquant.0.sum", "pdquant.digits.low", "pdquant.digits.high"}));
    const Program made = Load(program);
    const Result<ObservedList> list = ReadObservedList(Index(made));
    ASSERT_TRUE(list.ok()) << list.status().message();
    EXPECT_EQ(list->kind, ObservedKind::kHistograms);
    ASSERT_EQ(list->values.size(), 1U);
    EXPECT_EQ(list->values[0].name, "x");
    EXPECT_EQ(list->values[0].limit, 2);
  }
}

// The number of bins divided by it has to be a float.
TEST(ObservePass, LeavesOutScalesThatAreTooSmall) {
  ObserveOptions options;
  options.limit_of = [](std::string_view) { return std::optional(1e-45F); };
  std::string warnings;
  const Program made = Load(Observe(options, kProgram, &warnings));
  EXPECT_THAT(warnings, HasSubstr("isn't counted: its scale is too small"));
  const Result<ObservedList> list = ReadObservedList(Index(made));
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_TRUE(list->values.empty());
}

TEST(ObservePass, NewParametersHaveNamesOfTheirOwn) {
  ObserveOptions options;
  options.limit_of = [](std::string_view) { return std::optional(1.0F); };
  options.portable = true;
  const proto::ProgramDesc program = Observe(options, R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    var pdquant.digits.low float32[-1,8]
    mul X=x Y=w : Out=pdquant.digits.low | x_num_col_dims=1 y_num_col_dims=1
    fetch X=pdquant.digits.low : Out=fetch | col=0
  )");
  EXPECT_THAT(OpsOf(program.blocks(0)),
              Contains("elementwise_sub X=pdquant.0.low Y=pdquant.digits.low_1 : Out=pdquant.0.difference"));
}

TEST(ObservePass, TheLastColumnLeavesNoRoom) {
  EXPECT_THAT(
      [] {
        Observe({}, R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    mul X=x Y=w : Out=y | x_num_col_dims=1 y_num_col_dims=1
    fetch X=y : Out=fetch | col=2147483647
  )");
      },
      ThrowsMessage<std::runtime_error>(
          HasSubstr("it hands over the last column that there can be, and what is observed would come behind it")));
}

}  // namespace
}  // namespace pdquant::testing
