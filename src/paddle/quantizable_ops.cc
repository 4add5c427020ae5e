#include "paddle/quantizable_ops.h"

#include <algorithm>

#include "paddle/extra_quantizable_op.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

// The axes are those of paddlepaddle 2.6.2's quantized ops: a filter is [out, in / groups, height, width], the matrix
// on the right [in, out], the one on the left [out, in].
constexpr std::array<QuantizableOp, 3> kQuantizableOps = {{
    {.type = "conv2d",
     .group = OpGroup::kReference,
     .all_operands = {{{.slot = slots::kFilter, .channel_axis = 0, .channel_rank = 4}, {.slot = slots::kInput}}},
     .output = slots::kOutput},
    {.type = "depthwise_conv2d",
     .group = OpGroup::kReference,
     .all_operands = {{{.slot = slots::kFilter, .channel_axis = 0, .channel_rank = 4}, {.slot = slots::kInput}}},
     .output = slots::kOutput},
    {.type = "mul",
     .group = OpGroup::kReference,
     .all_operands = {{{.slot = slots::kX, .channel_axis = 0}, {.slot = slots::kY, .channel_axis = 1}}},
     .output = slots::kOut},
}};

constexpr std::array<std::string_view, 8> kOpsWithWeights = {
    "conv2d", "depthwise_conv2d", "conv2d_transpose", "depthwise_conv2d_transpose", "fc", "mul", "matmul", "matmul_v2"};

const QuantizableOp* extra_row = nullptr;

}  // namespace

ExtraQuantizableOp::ExtraQuantizableOp(const QuantizableOp& row) { extra_row = &row; }
ExtraQuantizableOp::~ExtraQuantizableOp() { extra_row = nullptr; }

std::optional<size_t> QuantizableOp::OperandIn(std::string_view slot) const {
  for (size_t i = 0; i < operands().size(); ++i) {
    if (all_operands[i].slot == slot) return i;
  }
  return std::nullopt;
}

std::span<const QuantizableOp> QuantizableOps() { return kQuantizableOps; }

const QuantizableOp* FindQuantizable(std::string_view type) {
  if (extra_row != nullptr && extra_row->type == type) return extra_row;
  const auto* found = std::find_if(kQuantizableOps.begin(), kQuantizableOps.end(),
                                   [&](const QuantizableOp& op) { return op.type == type; });
  return found == kQuantizableOps.end() ? nullptr : found;
}

const QuantizableOp* FindQuantizableOfGradient(std::string_view type) {
  if (!type.ends_with(kGradientOpSuffix)) return nullptr;
  while (type.ends_with(kGradientOpSuffix)) type.remove_suffix(kGradientOpSuffix.size());
  return FindQuantizable(type);
}

const QuantizableOp* FindQuantizableOfFirstGradient(std::string_view type) {
  if (!type.ends_with(kGradientOpSuffix)) return nullptr;
  type.remove_suffix(kGradientOpSuffix.size());
  return FindQuantizable(type);
}

std::optional<int32_t> ChannelAxis(const QuantizableOperand& operand, const OpView& op, size_t rank) {
  if (rank != operand.channel_rank) return std::nullopt;
  const auto transposed = operand.transposed.empty() ? std::nullopt : op.attr(operand.transposed);
  const bool swapped = transposed && transposed->AsBool().value_or(false);
  // The last two dimensions are those of a matrix.
  return swapped ? static_cast<int32_t>(rank) * 2 - 3 - operand.channel_axis : operand.channel_axis;
}

std::span<const std::string_view> OpsWithWeights() { return kOpsWithWeights; }

bool IsWeightSlot(std::string_view slot) { return slot == slots::kFilter || slot == slots::kY || slot == "W"; }

bool IsConvolution(std::string_view type) { return type.find("conv2d") != std::string_view::npos; }

bool IsMatrixProduct(std::string_view type) { return type.starts_with("matmul") || type == "mul"; }

}  // namespace pdquant
