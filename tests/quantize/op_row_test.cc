// An op that no Paddle has, known by a row of the table alone, is transpiled, frozen and undone.
#include <gmock/gmock.h>

#include "paddle/quantizable_ops.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/transpile/transpile_testing.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr QuantizableOp kRow = {
    .type = "toy_product", .group = OpGroup::kDefault, .all_operands = {{{.slot = "A"}, {.slot = "B"}}}, .output = "C"};

// y = x · w, z = relu(y); x is fed, w is stored.
constexpr char kProgram[] = R"(
version { version: 0 }
blocks { idx: 0 parent_idx: -1
  vars { name: 'x' type { type: 7 lod_tensor { tensor { data_type: 5 dims: 2 dims: 2 } } } }
  vars { name: 'w' persistable: true type { type: 7 lod_tensor { tensor { data_type: 5 dims: 2 dims: 2 } } } }
  vars { name: 'y' type { type: 7 lod_tensor { tensor { data_type: 5 dims: 2 dims: 2 } } } }
  vars { name: 'z' type { type: 7 lod_tensor { tensor { data_type: 5 dims: 2 dims: 2 } } } }
  ops { type: 'toy_product' inputs { parameter: 'A' arguments: 'x' } inputs { parameter: 'B' arguments: 'w' }
        outputs { parameter: 'C' arguments: 'y' } }
  ops { type: 'relu' inputs { parameter: 'X' arguments: 'y' } outputs { parameter: 'Out' arguments: 'z' } } })";

class Weight : public ParameterValues {
 public:
  Result<std::vector<float>> MaxAbs(std::string_view name, int32_t) override {
    if (name != "w") return BadInput("no such parameter");
    return std::vector<float>{2};
  }
  Result<bool> AllIntegers(std::string_view) override { return integers; }
  Result<std::vector<float>> Read(std::string_view name, size_t) override {
    if (name != "w") return BadInput("no such parameter");
    return std::vector<float>{-2, 1, 0.5F, 0};
  }

  Result<int32_t> StoredType(std::string_view) override { return proto::VarType::FP32; }
  Result<std::vector<int64_t>> StoredDims(std::string_view) override { return std::vector<int64_t>{2, 2}; }

  bool integers = false;
};

std::vector<std::string> Types(const std::string& bytes) {
  const proto::ProgramDesc program = testing::ParseMessage(bytes);
  std::vector<std::string> types;
  for (const auto& op : program.blocks(0).ops()) types.push_back(op.type());
  return types;
}

std::vector<std::string> OperandsOfToy(const std::string& bytes) {
  const proto::ProgramDesc program = testing::ParseMessage(bytes);
  std::vector<std::string> operands;
  for (const auto& op : program.blocks(0).ops()) {
    if (op.type() != "toy_product") continue;
    for (const auto& slot : op.inputs()) operands.push_back(slot.parameter() + "=" + slot.arguments(0));
  }
  return operands;
}

TEST(OpRowTest, TranspiledFrozenUndone) {
  const std::string before = testing::ParseText(kProgram).SerializeAsString();
  EXPECT_EQ(testing::Transpile(before, nullptr, {}).outcome, Outcome::kUnchanged);

  const ExtraQuantizableOp known(kRow);
  const testing::Transpiled simulated = testing::Transpile(before, nullptr, {});
  ASSERT_TRUE(simulated.status.ok()) << simulated.status.message();
  EXPECT_THAT(Types(simulated.main),
              ElementsAre("fake_quantize_abs_max", "fake_dequantize_max_abs", "fake_quantize_abs_max",
                          "fake_dequantize_max_abs", "toy_product", "relu"));
  EXPECT_THAT(OperandsOfToy(simulated.main),
              UnorderedElementsAre("A=x.quantized.dequantized", "B=w.quantized.dequantized"));

  Findings findings;
  const auto undone = RewriteModel({ModelRewrite::kUndo}, testing::Load(simulated.main), nullptr, &findings);
  ASSERT_TRUE(undone.ok()) << undone.status().message();
  EXPECT_TRUE(undone->program.bytes() == before);

  Weight weight;
  const auto frozen = RewriteModel({ModelRewrite::kFreeze}, testing::Load(simulated.main), &weight, &findings);
  ASSERT_TRUE(frozen.ok()) << frozen.status().message();
  const std::string frozen_bytes(frozen->program.bytes());
  EXPECT_THAT(Types(frozen_bytes),
              ElementsAre("fake_quantize_abs_max", "toy_product", "fake_dequantize_max_abs", "relu"));
  EXPECT_THAT(OperandsOfToy(frozen_bytes), UnorderedElementsAre("A=x.quantized", "B=w"));

  weight.integers = true;
  const auto restored = RewriteModel({ModelRewrite::kUndo}, testing::Load(frozen_bytes), &weight, &findings);
  ASSERT_TRUE(restored.ok()) << restored.status().message();
  EXPECT_THAT(Types(std::string(restored->program.bytes())), ElementsAre("toy_product", "relu"));
  EXPECT_FALSE(findings.has_errors());
}

}  // namespace
}  // namespace pdquant
