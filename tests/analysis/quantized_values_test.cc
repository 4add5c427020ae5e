// The recogniser on what paddle.static.quantization of paddlepaddle 2.6.2 wrote, in each form
// (tests/paddle/make_static_quantization.py): a convolution, relu, and a product.
#include "analysis/quantized_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/program_builder.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string NameOf(const Index& index, VarId var) {
  return var == kNoVar ? "-" : std::string(index.name(index.var_name(var)));
}

// "source bits axis scale reader", a weight with a star.
std::vector<std::string> ValuesOf(const std::string& model, size_t products, size_t unpaired) {
  const Program program =
      testing::Load(testing::ReadFile(PDQUANT_TESTDATA "/paddle/static_quantization/" + model + "/m.pdmodel"));
  const Index index(program);
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  EXPECT_EQ(values.products().size(), products) << model;
  EXPECT_EQ(values.unpaired().size(), unpaired) << model;
  std::vector<std::string> texts;
  for (const QuantizedValue& value : values.values()) {
    texts.push_back(NameOf(index, value.source) + (value.is_weight ? "*" : "") + " " + std::to_string(value.bits) +
                    " " + std::to_string(value.axis) + " " + NameOf(index, value.scale) + " " +
                    std::string(index.type(uses.readers(value.rounded)[0])));
  }
  return texts;
}

TEST(QuantizedValuesTest, SimulatedForms) {
  EXPECT_THAT(ValuesOf("pairs", 0, 0),
              ElementsAre("conv2d_0.w_0* 8 -1 conv2d_0.w_0@scale conv2d", "image 8 -1 image@scale conv2d",
                          "flatten_0.tmp_0 8 -1 flatten_0.tmp_0@scale mul", "w* 8 -1 w@scale mul"));
  EXPECT_THAT(ValuesOf("channels", 0, 0),
              ElementsAre("conv2d_0.w_0* 8 0 conv2d_0.w_0@scale conv2d", "image 8 -1 image@scale conv2d",
                          "flatten_0.tmp_0 8 -1 flatten_0.tmp_0@scale mul", "w* 8 1 w@scale mul"));
  EXPECT_THAT(ValuesOf("linear", 0, 0),
              ElementsAre("conv2d_0.w_0* 8 0 conv2d_0.w_0@scale conv2d", "image 8 -1 image@scale conv2d",
                          "flatten_0.tmp_0 8 -1 flatten_0.tmp_0@scale mul", "w* 8 1 w@scale mul"));
  EXPECT_THAT(ValuesOf("fused", 0, 0),
              ::testing::Contains("conv2d_1.tmp_0 8 -1 conv2d_1.tmp_0.quant_dequant@scale relu"));
}

TEST(QuantizedValuesTest, FrozenForms) {
  for (const char* model : {"pairs_frozen", "channels_frozen", "channels_int8"})
    EXPECT_THAT(ValuesOf(model, 2, 0), IsEmpty());
  EXPECT_THAT(ValuesOf("fused_frozen", 2, 0),
              ElementsAre("conv2d_1.tmp_0.dequantized 8 -1 conv2d_1.tmp_0.quant_dequant@scale relu"));
  EXPECT_THAT(ValuesOf("linear_frozen", 0, 0),
              ElementsAre("conv2d_0.w_0* 8 0 conv2d_0.w_0@scale conv2d", "image 8 -1 image@scale conv2d",
                          "flatten_0.tmp_0 8 -1 flatten_0.tmp_0@scale mul", "w* 8 1 w@scale mul"));
}

// Two ops that reshape each other's results: no weight, and no end to follow it to.
TEST(QuantizedValuesTest, WeightThatIsMadeOfItself) {
  const Program program = testing::Load(testing::BuildProgram(
      "var s float32[1] persistable\n"
      "reshape2 X=p : Out=a\n"
      "reshape2 X=a : Out=p\n"
      "fake_quantize_range_abs_max X=x InScale=s : Out=xq OutScale=s | bit_length=8 is_test=true\n"
      "mul X=xq Y=a : Out=y\n"
      "fake_dequantize_max_abs X=y Scale=s : Out=z | max_range=16129.0"));
  const Index index(program);
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  ASSERT_EQ(values.products().size(), 1);
  EXPECT_EQ(values.products()[0].operands.size(), 1);  // the activation
}

// An op that rounds with a scale that it doesn't name is none that is understood.
TEST(QuantizedValuesTest, RoundingWithoutAScale) {
  const Program program = testing::Load(
      testing::BuildProgram("fake_quantize_dequantize_moving_average_abs_max X=x : Out=q | bit_length=8 is_test=true\n"
                            "relu X=q : Out=y"));
  const Index index(program);
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  EXPECT_THAT(values.values(), IsEmpty());
  EXPECT_THAT(values.unpaired(), ElementsAre(0));
}

}  // namespace
}  // namespace pdquant
