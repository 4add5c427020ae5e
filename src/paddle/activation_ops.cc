#include <algorithm>
#include <array>

#include "paddle/names.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {
namespace {

constexpr QuantizableOp Row(std::string_view type, std::string_view output, std::string_view first,
                            std::string_view second = {}) {
  const auto operand = [](std::string_view slot) {
    return QuantizableOperand{.slot = slot, .use = OperandUse::kActivation};
  };
  return {type, OpGroup::kOnRequest, {{operand(first), operand(second)}}, output};
}

constexpr std::array<QuantizableOp, 85> kActivationOps = {{
    Row("abs", slots::kOut, slots::kX),
    Row("arg_max", slots::kOut, slots::kX),
    Row("argmax", slots::kOut, slots::kX),
    Row("assign", slots::kOut, slots::kX),
    Row("batch_norm", slots::kY, slots::kX),
    Row("bilinear_interp", slots::kOut, slots::kX),
    Row("bilinear_interp_v2", slots::kOut, slots::kX),
    Row("box_coder", "OutputBox", "PriorBox"),
    Row("cast", slots::kOut, slots::kX),
    Row("clip", slots::kOut, slots::kX),
    Row("concat", slots::kOut, slots::kX),
    Row("crop", slots::kOut, slots::kX),
    Row("cumsum", slots::kOut, slots::kX),
    Row("dropout", slots::kOut, slots::kX),
    Row("elementwise_add", slots::kOut, slots::kX, slots::kY),
    Row("elementwise_mul", slots::kOut, slots::kX, slots::kY),
    Row("elementwise_pow", slots::kOut, slots::kX, slots::kY),
    Row("elementwise_sub", slots::kOut, slots::kX, slots::kY),
    Row("equal", slots::kOut, slots::kX, slots::kY),
    Row("expand_v2", slots::kOut, slots::kX),
    Row("fill_any_like", slots::kOut, slots::kX),
    Row("fill_constant_batch_size_like", slots::kOut, slots::kInput),
    Row("flatten", slots::kOut, slots::kX),
    Row("flatten2", slots::kOut, slots::kX),
    Row("flatten_contiguous_range", slots::kOut, slots::kX),
    Row("gather", slots::kOut, slots::kX),
    Row("gelu", slots::kOut, slots::kX),
    Row("greater_equal", slots::kOut, slots::kX, slots::kY),
    Row("greater_than", slots::kOut, slots::kX, slots::kY),
    Row("grid_sampler", slots::kOutput, "Grid", slots::kX),
    Row("group_norm", slots::kY, slots::kX),
    Row("gru", "Hidden", slots::kInput),
    Row("hard_sigmoid", slots::kOut, slots::kX),
    Row("hard_swish", slots::kOut, slots::kX),
    Row("instance_norm", slots::kY, slots::kX),
    Row("layer_norm", slots::kY, slots::kX),
    Row("leaky_relu", slots::kOut, slots::kX),
    Row("less_equal", slots::kOut, slots::kX, slots::kY),
    Row("less_than", slots::kOut, slots::kX, slots::kY),
    Row("logical_and", slots::kOut, slots::kX, slots::kY),
    Row("logical_not", slots::kOut, slots::kX),
    Row("lookup_table", slots::kOut, "W"),
    Row("lookup_table_v2", slots::kOut, "W"),
    Row("lstm", "Hidden", slots::kInput),
    Row("mean", slots::kOut, slots::kX),
    Row("meshgrid", slots::kOut, slots::kX),
    Row("nearest_interp", slots::kOut, slots::kX),
    Row("nearest_interp_v2", slots::kOut, slots::kX),
    Row("norm", "Norm", slots::kX),
    Row("not_equal", slots::kOut, slots::kX, slots::kY),
    Row("p_norm", slots::kOut, slots::kX),
    Row("pad2d", slots::kOut, slots::kX),
    Row("pad3d", slots::kOut, slots::kX),
    Row("pool2d", slots::kOut, slots::kX),
    Row("pow", slots::kOut, slots::kX),
    Row("prelu", slots::kOut, slots::kX),
    Row("reduce_max", slots::kOut, slots::kX),
    Row("reduce_mean", slots::kOut, slots::kX),
    Row("reduce_sum", slots::kOut, slots::kX),
    Row("relu", slots::kOut, slots::kX),
    Row("relu6", slots::kOut, slots::kX),
    Row("reshape", slots::kOut, slots::kX),
    Row("reshape2", slots::kOut, slots::kX),
    Row("roi_align", slots::kOut, "ROIs", slots::kX),
    Row("scale", slots::kOut, slots::kX),
    Row("shuffle_channel", slots::kOut, slots::kX),
    Row("sigmoid", slots::kOut, slots::kX),
    Row("slice", slots::kOut, slots::kInput),
    Row("softmax", slots::kOut, slots::kX),
    Row("softplus", slots::kOut, slots::kX),
    Row("split", slots::kOut, slots::kX),
    Row("square", slots::kOut, slots::kX),
    Row("squeeze", slots::kOut, slots::kX),
    Row("squeeze2", slots::kOut, slots::kX),
    Row("stack", slots::kY, slots::kX),
    Row("strided_slice", slots::kOut, slots::kInput),
    Row("swish", slots::kOut, slots::kX),
    Row("tanh", slots::kOut, slots::kX),
    Row("tile", slots::kOut, slots::kX),
    Row("top_k_v2", slots::kOut, slots::kX),
    Row("transpose", slots::kOut, slots::kX),
    Row("transpose2", slots::kOut, slots::kX),
    Row("trilinear_interp", slots::kOut, slots::kX),
    Row("unsqueeze2", slots::kOut, slots::kX),
    Row("where", slots::kOut, slots::kX, slots::kY),
}};

}  // namespace

std::span<const QuantizableOp> ActivationOps() { return kActivationOps; }

const QuantizableOp* FindActivationOp(std::string_view type) {
  const auto* found = std::lower_bound(kActivationOps.begin(), kActivationOps.end(), type,
                                       [](const QuantizableOp& op, std::string_view name) { return op.type < name; });
  return found == kActivationOps.end() || found->type != type ? nullptr : found;
}

}  // namespace pdquant
