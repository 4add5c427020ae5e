// freeze, int8 and undo on small programs made by hand: what each sees in a graph. Numbers are checked in the real
// Paddle (tests/paddle/freeze.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "quantize/freeze/model_rewrite.h"
#include "support/program_builder.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Parameters by name.
class Values : public ParameterValues {
 public:
  std::map<std::string, std::vector<float>, std::less<>> floats;

  Result<std::vector<float>> MaxAbs(std::string_view name, int32_t) override {
    const auto values = Read(name, SIZE_MAX);
    return values.ok() ? Result<std::vector<float>>({pdquant::MaxAbs(*values)}) : values.status();
  }
  Result<bool> AllIntegers(std::string_view name) override {
    const auto values = Read(name, SIZE_MAX);
    return values.ok() ? Result<bool>(pdquant::AllIntegers(*values)) : values.status();
  }
  Result<std::vector<float>> Read(std::string_view name, size_t) override {
    const auto found = floats.find(name);
    return found == floats.end() ? Result<std::vector<float>>(BadInput("no " + std::string(name))) : found->second;
  }
  Result<int32_t> StoredType(std::string_view) override { return proto::VarType::FP32; }
  Result<std::vector<int64_t>> StoredDims(std::string_view name) override {
    const auto values = Read(name, SIZE_MAX);
    if (!values.ok()) return values.status();
    return std::vector<int64_t>{static_cast<int64_t>(values->size())};
  }
};

// A program of one block (more can be added), whose ops are text.
class Builder {
 public:
  Builder() {
    program_.mutable_version();
    AddBlock(-1);
  }
  void AddBlock(int parent) { testing::AddBlock(&program_, parent, -1); }
  void Var(const std::string& name, bool persistable = false, int block = 0, const std::string& type = "float32") {
    *program_.mutable_blocks(block)->add_vars() = testing::MakeVar(
        name + " " + type + (name.ends_with(".scale") ? "[1]" : "[2]") + (persistable ? " persistable" : ""));
  }
  proto::OpDesc* Op(const std::string& text, int block = 0) {
    proto::OpDesc* op = program_.mutable_blocks(block)->add_ops();
    *op = testing::MakeOp(text);
    return op;
  }
  // The pair of a variable, and the variables that it writes.
  void Pair(const std::string& x, bool is_static = false, int block = 0, const std::string& scale_name = "") {
    const std::string scale = scale_name.empty() ? x + ".scale" : scale_name;
    Var(x + ".q", false, block);
    Var(x + ".d", false, block);
    if (scale_name.empty()) Var(scale, is_static, is_static ? 0 : block);
    Op((is_static ? "fake_quantize_range_abs_max X=" + x + " InScale=" + scale : "fake_quantize_abs_max X=" + x) +
           " : Out=" + x + ".q OutScale=" + scale + " | bit_length=8",
       block);
    Op("fake_dequantize_max_abs X=" + x + ".q Scale=" + scale + " : Out=" + x + ".d | max_range=127.0", block);
  }
  const proto::ProgramDesc& program() const { return program_; }

 private:
  proto::ProgramDesc program_;
};

struct Outcome {
  std::string error;             // of the findings, one a line; empty where it was accepted
  std::vector<std::string> ops;  // of all blocks, as testing::MakeOp takes them
  std::vector<std::string> vars;
  ParameterPlans plans;
  std::vector<std::string> kept;
  proto::ProgramDesc program;
};

Outcome Rewrite(ModelRewrite rewrite, const proto::ProgramDesc& program, ParameterValues* values) {
  Findings findings;
  Outcome outcome;
  const auto result = RewriteModel({rewrite}, testing::Load(program), values, &findings);
  if (!result.ok()) {
    EXPECT_EQ(result.status().code(), StatusCode::kBadInput) << result.status().message();
    for (const Finding& finding : findings.all()) {
      outcome.error += ToString(finding.place) + ": " + finding.text + "\n";
    }
    EXPECT_NE(outcome.error, "");
    return outcome;
  }
  outcome.program = testing::ParseMessage(result->program.bytes());
  for (const auto& block : outcome.program.blocks()) {
    for (const auto& op : block.ops()) outcome.ops.push_back(testing::OpText(op));
    for (const auto& var : block.vars()) outcome.vars.push_back(var.name());
  }
  outcome.plans = result->parameters;
  for (const auto& kept : result->kept) outcome.kept.push_back(kept.why);
  return outcome;
}

// x · w = y, y read by relu.
Builder Simple(bool is_static = false) {
  Builder b;
  for (const char* name : {"x", "y", "z"}) b.Var(name);
  b.Var("w", true);
  b.Pair("x", is_static);
  b.Pair("w");
  b.Op("mul X=x.d Y=w.d : Out=y");
  b.Op("relu X=y : Out=z");
  return b;
}

class SimpleValues : public Values {
 public:
  SimpleValues() { floats = {{"w", {0.5F, -2}}, {"x.scale", {3}}}; }
};

constexpr const char* kFrozenMul = "mul X=x.q Y=w : Out=y";

TEST(FreezePassTest, OneOp) {
  SimpleValues values;
  const Outcome frozen = Rewrite(ModelRewrite::kFreeze, Simple().program(), &values);
  EXPECT_THAT(frozen.ops, ElementsAre("fake_quantize_abs_max X=x : Out=x.q OutScale=x.scale", kFrozenMul,
                                      "fake_dequantize_max_abs Scale=x.scale X=y : Out=y.dequantized",
                                      "relu X=y.dequantized : Out=z"));
  ASSERT_EQ(frozen.plans.size(), 1U);
  EXPECT_THAT(frozen.plans.at("w").scales.values, ElementsAre(2));
  EXPECT_EQ(frozen.plans.at("w").bits, 8);
  const proto::OpDesc& dequantize = frozen.program.blocks(0).ops(2);
  for (const auto& attr : dequantize.attrs()) {
    if (attr.name() == "max_range") {
      EXPECT_EQ(attr.f(), 127 * 127 / 2.0F);
    }
  }
}

// Two quantize ops share a static scale, which none of them writes for inference.
TEST(FreezePassTest, SharedStaticScale) {
  Builder b = Simple(true);
  for (const char* name : {"u", "v"}) b.Var(name);
  b.Pair("u", true, 0, "x.scale");
  b.Op("mul X=u.d Y=w.d : Out=v");
  SimpleValues values;
  const Outcome frozen = Rewrite(ModelRewrite::kFreeze, b.program(), &values);
  EXPECT_THAT(frozen.kept, IsEmpty());
  EXPECT_THAT(frozen.ops, ::testing::Contains("mul X=u.q Y=w : Out=v.product"));
}

// Somebody fetches what the quantize op of the weight writes: it stays, and the weight with it.
TEST(FreezePassTest, IntegersThatAreLookedAt) {
  for (const char* read : {"w.q", "w.scale"}) {
    Builder b = Simple();
    b.Var("copy");
    b.Op(std::string("assign X=") + read + " : Out=copy");
    SimpleValues values;
    const Outcome frozen = Rewrite(ModelRewrite::kFreeze, b.program(), &values);
    EXPECT_EQ(frozen.error, "");
    EXPECT_THAT(frozen.kept, ElementsAre("something else reads its weight's integers, or their scale"));
    EXPECT_THAT(frozen.plans, IsEmpty());
  }
}

TEST(FreezePassTest, OneQuantizeOpOfTwoDequantizeOps) {
  Builder b = Simple();
  b.Var("other");
  b.Op("fake_dequantize_max_abs X=w.q Scale=w.scale : Out=other")
      ->add_attrs()
      ->CopyFrom(b.program().blocks(0).ops(1).attrs(0));
  SimpleValues values;
  EXPECT_THAT(Rewrite(ModelRewrite::kFreeze, b.program(), &values).error, HasSubstr("without its partner"));
}

// Several kinds of quantization of one weight, and a float reader of it.
TEST(FreezePassTest, IntegersOfTheirOwn) {
  Builder b = Simple();
  b.Var("f");
  b.Op("assign X=w : Out=f");
  SimpleValues values;
  const Outcome frozen = Rewrite(ModelRewrite::kFreeze, b.program(), &values);
  EXPECT_THAT(frozen.ops, ::testing::Contains("mul X=x.q Y=w.q : Out=y"));
  EXPECT_THAT(frozen.vars, ::testing::Contains("w"));
  EXPECT_EQ(frozen.plans.at("w.q").source, "w");
}

// A body reads the integers: the ops that run it list them.
TEST(FreezePassTest, ListsOfControlOps) {
  Builder b;
  for (const char* name : {"x", "y", "f", "flag", "scopes"}) b.Var(name);
  b.Var("w", true);
  b.AddBlock(0);
  b.Pair("x");
  b.Pair("w", false, 1);
  b.Op("mul X=x.d Y=w.d : Out=y", 1);
  b.Op("assign X=w : Out=f");
  auto* run = b.Op("conditional_block Cond=flag Input=x.d : Out=y Scope=scopes");
  run->mutable_inputs(1)->add_arguments("w");
  auto* attr = run->add_attrs();
  attr->set_name("sub_block");
  attr->set_type(proto::BLOCK);
  attr->set_block_idx(1);
  SimpleValues values;
  const Outcome frozen = Rewrite(ModelRewrite::kFreeze, b.program(), &values);
  EXPECT_EQ(frozen.error, "");
  EXPECT_THAT(frozen.ops,
              ::testing::Contains("conditional_block Cond=flag Input=x.q,x.scale,w,w.quantized : Out=y Scope=scopes"));
  EXPECT_THAT(frozen.ops, ::testing::Contains("mul X=x.q Y=w.quantized : Out=y.product"));
}

// A weight's own state goes with its quantize op: the step counter and its op, too.
TEST(FreezePassTest, StateOfWeights) {
  Builder b;
  for (const char* name : {"x", "y"}) b.Var(name);
  b.Var("w", true);
  b.Var("steps", true, 0, "int64");
  b.Var("window", true);
  b.Op("increment X=steps : Out=steps");
  b.Pair("w", true);
  auto* block = const_cast<proto::ProgramDesc&>(b.program()).mutable_blocks(0);
  auto* iter = block->mutable_ops(1)->add_inputs();
  iter->set_parameter("Iter");
  iter->add_arguments("steps");
  auto* window = block->mutable_ops(1)->add_outputs();
  window->set_parameter("OutScales");
  window->add_arguments("window");
  b.Pair("x");
  b.Op("mul X=x.d Y=w.d : Out=y");
  SimpleValues values;
  values.floats["w.scale"] = {1.5F};
  values.floats["window"] = {1.5F, 0};
  const Outcome frozen = Rewrite(ModelRewrite::kFreeze, b.program(), &values);
  EXPECT_EQ(frozen.error, "");
  EXPECT_THAT(frozen.plans.at("w").scales.values, ElementsAre(1.5F));
  EXPECT_THAT(frozen.vars, ElementsAre("x", "y", "w", "x.q", "x.scale", "y.product"));
  for (const std::string& op : frozen.ops) EXPECT_THAT(op, ::testing::Not(HasSubstr("increment")));
}

// T14.
TEST(FreezePassTest, WeightsOfOtherTypes) {
  Builder b = Simple();
  const_cast<proto::ProgramDesc&>(b.program())
      .mutable_blocks(0)
      ->mutable_vars(3)
      ->mutable_type()
      ->mutable_lod_tensor()
      ->mutable_tensor()
      ->set_data_type(proto::VarType::FP16);
  SimpleValues values;
  EXPECT_THAT(Rewrite(ModelRewrite::kFreeze, b.program(), &values).error, HasSubstr("the weight is FP16 [2]"));
}

// undo of a product that is scaled back and quantized again for the next op.
TEST(UndoPassTest, ChainOfProducts) {
  Builder b;
  for (const char* name : {"x", "y", "z"}) b.Var(name);
  b.Var("w", true);
  b.Pair("x");
  b.Pair("w");
  b.Op("mul X=x.d Y=w.d : Out=y");
  b.Pair("y");
  b.Op("mul X=y.d Y=w.d : Out=z");
  SimpleValues values;
  const Outcome frozen = Rewrite(ModelRewrite::kFreeze, b.program(), &values);
  EXPECT_THAT(frozen.ops, ::testing::Contains("fake_quantize_abs_max X=y.dequantized : Out=y.q OutScale=y.scale"));
  values.floats["w"] = {32, -127};
  const Outcome undone = Rewrite(ModelRewrite::kUndo, frozen.program, &values);
  EXPECT_THAT(undone.ops, ElementsAre("mul X=x Y=w : Out=y", "mul X=y Y=w : Out=z"));
  EXPECT_THAT(undone.vars, ElementsAre("x", "y", "z", "w"));
  EXPECT_NEAR(undone.plans.at("w").scales.values.at(0) / undone.plans.at("w").max_range, 2.0 / 127, 1e-8);
}

// Both passes number the weights of an op alike: one that holds no integers was left in float and has no scaling.
TEST(Int8PassTest, FloatWeightBesideIntegers) {
  Builder b;
  for (const char* name : {"y", "z"}) b.Var(name);
  for (const char* name : {"f", "w", "w.scale"}) b.Var(name, true);
  b.Op("mul X=f Y=w : Out=y");
  auto* attr = b.Op("fake_dequantize_max_abs X=y Scale=w.scale : Out=z")->add_attrs();
  attr->set_name("max_range");
  attr->set_type(proto::FLOAT);
  attr->set_f(127);
  Values values;
  values.floats = {{"f", {0.5F, 0.25F}}, {"w", {3, -127}}, {"w.scale", {1.5F}}};
  const Outcome integers = Rewrite(ModelRewrite::kInt8, b.program(), &values);
  EXPECT_EQ(integers.error, "");
  ASSERT_EQ(integers.plans.size(), 1U);
  EXPECT_THAT(integers.plans.at("w.int8").scales.values, ElementsAre(1.5F));
  EXPECT_EQ(integers.plans.at("w.int8").max_range, 127);
  const Outcome undone = Rewrite(ModelRewrite::kUndo, b.program(), &values);
  ASSERT_EQ(undone.plans.size(), 1U);
  EXPECT_THAT(undone.plans.at("w").scales.values, ElementsAre(1.5F));
  EXPECT_EQ(undone.plans.at("w").max_range, 127);
}

TEST(Int8PassTest, SixteenBits) {
  SimpleValues values;
  const Outcome frozen = Rewrite(ModelRewrite::kFreeze, Simple().program(), &values);
  for (const auto& [largest, name] : {std::pair(127.0F, "w.int8"), std::pair(-128.0F, "w.int16")}) {
    values.floats["w"] = {1, largest};
    const Outcome integers = Rewrite(ModelRewrite::kInt8, frozen.program, &values);
    EXPECT_THAT(integers.ops, ::testing::Contains("mul X=x.q Y=" + std::string(name) + " : Out=y"));
    EXPECT_EQ(integers.plans.at(name).source, "w");
    const Outcome undone = Rewrite(ModelRewrite::kUndo, integers.program, &values);
    EXPECT_THAT(undone.ops, ElementsAre("mul X=x Y=w : Out=y", "relu X=y : Out=z"));
  }
}

}  // namespace
}  // namespace pdquant
