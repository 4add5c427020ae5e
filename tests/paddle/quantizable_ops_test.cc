#include "paddle/quantizable_ops.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "support/programs.h"

namespace pdquant {
namespace {

using ::testing::Optional;

TEST(QuantizableOpsTest, OperandsAreInByteOrder) {
  for (const QuantizableOp& op : QuantizableOps()) {
    EXPECT_TRUE(std::is_sorted(op.operands().begin(), op.operands().end(), [](const auto& a, const auto& b) {
      return a.slot < b.slot;
    })) << op.type;
  }
  EXPECT_EQ(FindQuantizable("mul")->group, OpGroup::kReference);
  EXPECT_EQ(FindQuantizable("matmul_v2")->group, OpGroup::kDefault);
  EXPECT_EQ(FindQuantizable("conv2d_transpose")->group, OpGroup::kOnRequest);
  EXPECT_THAT(FindQuantizable("mul")->OperandIn("Y"), Optional(1U));
  EXPECT_EQ(FindQuantizable("mul")->OperandIn("Out"), std::nullopt);
}

TEST(QuantizableOpsTest, Gradients) {
  EXPECT_EQ(FindQuantizableOfGradient("conv2d_grad"), FindQuantizable("conv2d"));
  EXPECT_EQ(FindQuantizableOfGradient("conv2d_grad_grad"), FindQuantizable("conv2d"));
  EXPECT_EQ(FindQuantizableOfGradient("matmul_v2_triple_grad"), FindQuantizable("matmul_v2"));
  EXPECT_EQ(FindQuantizableOfGradient("conv2d_transpose_grad"), FindQuantizable("conv2d_transpose"));
  EXPECT_EQ(FindQuantizableOfGradient("conv2d"), nullptr);
  EXPECT_EQ(FindQuantizableOfFirstGradient("conv2d_grad"), FindQuantizable("conv2d"));
  EXPECT_EQ(FindQuantizableOfFirstGradient("conv2d_grad_grad"), nullptr);
}

// The axes are those that paddlepaddle 2.6.2's channel-wise ops take: quant_axis 0 of a filter, 1 of mul's Y. Y of
// matmul_v2 is [in, out], or [out, in] with trans_y.
TEST(QuantizableOpsTest, ChannelAxes) {
  const OpView plain("");
  EXPECT_THAT(ChannelAxis(FindQuantizable("conv2d")->operands()[0], plain, 4), Optional(0));
  EXPECT_EQ(ChannelAxis(FindQuantizable("conv2d")->operands()[0], plain, 2), std::nullopt);
  EXPECT_THAT(ChannelAxis(FindQuantizable("mul")->operands()[0], plain, 2), Optional(0));
  EXPECT_THAT(ChannelAxis(FindQuantizable("mul")->operands()[1], plain, 2), Optional(1));
  EXPECT_EQ(ChannelAxis(FindQuantizable("mul")->operands()[1], plain, 3), std::nullopt);
  EXPECT_THAT(ChannelAxis(FindQuantizable("conv2d_transpose")->operands()[0], plain, 4), Optional(1));
  EXPECT_THAT(ChannelAxis(FindQuantizable("depthwise_conv2d_transpose")->operands()[0], plain, 4), Optional(0));
  const QuantizableOperand& x = FindQuantizable("matmul_v2")->operands()[0];
  const QuantizableOperand& y = FindQuantizable("matmul_v2")->operands()[1];
  const auto op = [](const char* attribute) {
    return testing::ParseText(std::string("blocks { idx: 0 parent_idx: -1 ops { type: 'matmul_v2' attrs { name: '") +
                              attribute + "' type: 6 b: true } } }")
        .blocks(0)
        .ops(0)
        .SerializePartialAsString();
  };
  EXPECT_THAT(ChannelAxis(y, OpView(op("trans_y")), 2), Optional(0));
  EXPECT_THAT(ChannelAxis(y, OpView(op("trans_x")), 2), Optional(1));
  EXPECT_THAT(ChannelAxis(x, OpView(op("trans_x")), 2), Optional(1));
}

}  // namespace
}  // namespace pdquant
