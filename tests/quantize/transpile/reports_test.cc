// Programs that users reported, and others of their kind: testdata/reports/MANIFEST.md names the sources.
#include <gmock/gmock.h>

#include <algorithm>
#include <optional>

#include "quantize/transpile/transpile_testing.h"
#include "support/program_compare.h"

namespace pdquant {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using testing::Transpiled;

std::string File(const std::string& name) { return testing::ReadFile(PDQUANT_TESTDATA "/reports/" + name); }

Transpiled Transpile(const std::string& folder, const TranspileOptions& options = {}, bool with_startup = true) {
  const std::string startup = File(folder + "/startup.pb");
  Transpiled result = testing::Transpile(File(folder + "/main.pb"), with_startup ? &startup : nullptr, options);
  EXPECT_TRUE(result.status.ok()) << result.status.message();
  Findings findings;
  const Program program = testing::Load(result.main, &findings);
  CheckProgram(Index(program), &findings);
  EXPECT_THAT(findings.all(), IsEmpty());
  return result;
}

size_t CountPairs(const Transpiled& result, bool weights) {
  const auto& pairs = result.report.pairs;
  return static_cast<size_t>(
      std::count_if(pairs.begin(), pairs.end(), [=](const auto& pair) { return pair.is_weight == weights; }));
}

// The type 0 in a declaration, BOOL, is what a pass of Paddle left that set none: the startup program, the gradients
// and the ops that write tell better.
TEST(TranspileReportsTest, DeclaredAsBool) {
  TranspileOptions options;
  options.weight_bits = options.activation_bits = 16;
  for (const bool with_startup : {true, false}) {
    const Transpiled result = Transpile("dtype-hint", options, with_startup);
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(File("dtype-hint/reference.pb")),
                                         testing::ParseMessage(result.main)),
                IsEmpty());
    EXPECT_THAT(result.report.kept, IsEmpty());
  }
  const Transpiled hand_declared = Transpile("hand-declared");
  EXPECT_THAT(hand_declared.report.quantized_ops, ElementsAre(Pair("mul", 3)));
  EXPECT_THAT(hand_declared.report.kept, IsEmpty());
}

// Where nothing tells, the operand stays float, with a warning, and the op doesn't count as quantized.
TEST(TranspileReportsTest, NothingTellsTheType) {
  proto::ProgramDesc program = testing::ParseMessage(File("dtype-hint/main.pb"));
  auto* block = program.mutable_blocks(0);
  for (int i = block->ops_size() - 1; i >= 0; --i) {  // the forward ops alone
    if (i > 7) block->mutable_ops()->DeleteSubrange(i, 1);
  }
  for (int i = block->vars_size() - 1; i >= 0; --i) {
    if (block->vars(i).name().ends_with("@GRAD")) block->mutable_vars()->DeleteSubrange(i, 1);
  }
  const Transpiled result = testing::Transpile(program.SerializeAsString(), nullptr, {});
  ASSERT_TRUE(result.status.ok());
  EXPECT_THAT(result.report.quantized_ops, IsEmpty());
  EXPECT_EQ(result.report.partly, 2);
  EXPECT_THAT(result.report.kept, SizeIs(2));
  EXPECT_THAT(result.findings.all(), AllOf(SizeIs(2), Each(Field(&Finding::code, "unknown-type")),
                                           Each(Field(&Finding::level, Level::kWarning))));
}

// In a block that nothing runs no scale is trained, behind a cast either: nothing there belongs to the main program.
TEST(TranspileReportsTest, CastsInABlockThatNothingRuns) {
  const std::string startup = File("amp-recompute/startup.pb");
  for (const ScaleKind& weights : ScaleKinds()) {
    for (const ScaleKind& activations : ScaleKinds()) {
      TranspileOptions options;
      options.weight_quantize_type = &weights;
      options.activation_quantize_type = &activations;
      const Transpiled result = testing::Transpile(File("amp-recompute/main.pb"), &startup, options);
      ASSERT_TRUE(result.status.ok()) << result.status.message();
      Findings findings;
      const Program program = testing::Load(result.main, &findings);
      CheckProgram(Index(program), &findings);
      EXPECT_FALSE(findings.has_errors()) << weights.word << " " << activations.word;
    }
  }
}

// What an op runs whose blocks can't be rewritten stays in float, with a warning; what is outside is quantized.
TEST(TranspileReportsTest, BlocksOfAnUnknownOp) {
  const Transpiled result = testing::Transpile(File("pylayer/pylayer-train.pb"), nullptr, {});
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  EXPECT_THAT(result.report.quantized_ops, ElementsAre(Pair("mul", 2)));
  ASSERT_THAT(result.findings.all(), SizeIs(1));
  EXPECT_EQ(result.findings.all()[0].code, "unknown-control-op");
  EXPECT_EQ(result.findings.all()[0].level, Level::kWarning);
  EXPECT_EQ(result.findings.all()[0].place.block, 1);
  EXPECT_THAT(result.report.kept, SizeIs(2));  // both operands of the product inside
  Findings findings;
  const Program program = testing::Load(result.main, &findings);
  CheckProgram(Index(program), &findings);
  EXPECT_THAT(findings.all(), IsEmpty());
}

// A recomputed copy has the type of its original, whatever its declaration says: forward and backward decide together.
TEST(TranspileReportsTest, RecomputedCopies) {
  const Transpiled dropout = Transpile("recompute-types");
  EXPECT_THAT(dropout.report.kept, IsEmpty());
  EXPECT_THAT(dropout.report.gradient_ops, ElementsAre(Pair("mul_grad", 6)));
  const Transpiled gelu = Transpile("recompute-gelu");
  EXPECT_THAT(gelu.report.kept, IsEmpty());
  EXPECT_THAT(gelu.report.gradient_ops, ElementsAre(Pair("mul_grad", 8)));
}

// Mixed precision: what is cast from FP32 is rounded in front of the cast, and products are counted, not casts.
TEST(TranspileReportsTest, MixedPrecision) {
  const Transpiled cast = Transpile("amp-activations");
  EXPECT_THAT(cast.report.quantized_ops, ElementsAre(Pair("mul", 2)));
  EXPECT_EQ(CountPairs(cast, true), 2);
  EXPECT_EQ(CountPairs(cast, false), 2);
  EXPECT_THAT(cast.report.kept, IsEmpty());
  // Computed in FP16, the second activation has no FP32 form.
  const Transpiled chain = Transpile("amp-chain");
  EXPECT_THAT(chain.report.quantized_ops, ElementsAre(Pair("mul", 1)));
  EXPECT_EQ(chain.report.weights_only, 1);
  SummaryStyle style;
  style.program = "main.pb";
  style.startup_given = true;
  style.list_limit = 20;
  EXPECT_THAT(TranspileSummary(chain.report, style), HasSubstr("\n  1 of 2 products: weights only\n"));
}

// A base that load_inference_model brought: its weights are no parameters to the reference.
TEST(TranspileReportsTest, LoadedBase) {
  TranspileOptions options;
  options.weight_bits = 6;
  options.activation_quantize_type = FindScaleKind("moving_average_abs_max");
  for (const std::string folder : {"transfer", "transfer-fc"}) {
    const Transpiled result = Transpile(folder, options);
    EXPECT_EQ(CountPairs(result, true), 3);
    EXPECT_EQ(CountPairs(result, false), 3);
    int said = 0;
    for (const auto& pair : result.report.pairs) {
      EXPECT_EQ(pair.bits, pair.is_weight ? 6 : 8);
      EXPECT_EQ(pair.scale_kind->word, pair.is_weight ? "abs_max" : "moving_average_abs_max");
      said += pair.why.find("takes for an activation") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(said, 2);
  }
}

// An op that only gives a tensor another shape, in place, leaves its values: one pair serves, as in the reference.
TEST(TranspileReportsTest, ReshapedInPlace) {
  TranspileOptions options;
  options.activation_quantize_type = FindScaleKind("range_abs_max");
  for (const std::string folder : {"reshape-in-place", "reshape-rows"}) {
    SCOPED_TRACE(folder);
    const Transpiled result = Transpile(folder, options);
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(File(folder + "/reference.pb")),
                                         testing::ParseMessage(result.main)),
                IsEmpty());
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(File(folder + "/reference-startup.pb")),
                                         testing::ParseMessage(result.startup)),
                IsEmpty());
  }
}

// Another shape that the reader sees makes another value: the rounded form of the first has the wrong one.
TEST(TranspileReportsTest, ReshapedForAnotherReader) {
  proto::ProgramDesc program = testing::ParseMessage(File("reshape-rows/main.pb"));
  for (auto& op : *program.mutable_blocks(0)->mutable_ops()) {
    if (op.SerializeAsString().find("fc_0.w_0") != std::string::npos) continue;
    for (auto& attr : *op.mutable_attrs()) {
      if (attr.name() == "x_num_col_dims") attr.set_i(2);
    }
  }
  const Transpiled result = testing::Transpile(program.SerializeAsString(), nullptr, {});
  ASSERT_TRUE(result.status.ok());
  EXPECT_GT(CountPairs(result, false), 1);
}

// The two programs the wrong way round, or one for both.
TEST(TranspileReportsTest, MixedUpPrograms) {
  const std::string main = File("transfer/main.pb");
  const std::string startup = File("transfer/startup.pb");
  EXPECT_EQ(testing::Transpile(startup, &main, {}).status.code(), StatusCode::kBadInput);
  EXPECT_EQ(testing::Transpile(main, &main, {}).status.code(), StatusCode::kBadInput);
  const Transpiled both = testing::Transpile(startup, &startup, {});
  EXPECT_EQ(both.status.code(), StatusCode::kBadInput);
  EXPECT_THAT(both.findings.all(), ElementsAre(Field(&Finding::code, "mixed-up-programs")));
  // Alone it stays as it is, with a warning.
  const Transpiled alone = testing::Transpile(startup, nullptr, {});
  EXPECT_TRUE(alone.status.ok());
  EXPECT_THAT(alone.findings.all(), ElementsAre(Field(&Finding::level, Level::kWarning)));
}

}  // namespace
}  // namespace pdquant
