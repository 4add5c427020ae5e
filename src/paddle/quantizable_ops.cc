#include "paddle/quantizable_ops.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/find_row.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

// The axes are those of the output's channels: a filter is [out, in / groups, height, width], that of a transposed
// convolution [in, out / groups, height, width], where a depthwise one has one output for each input; the matrix on the
// right is [in, out], the one on the left [out, in].
constexpr std::array<QuantizableOperand, kMostOperands> Convolution(int32_t channel_axis) {
  return {{{.slot = slots::kFilter, .channel_axis = channel_axis, .channel_rank = 4, .output_axis = 1},
           {.slot = slots::kInput}}};
}

constexpr std::array<QuantizableOperand, kMostOperands> Matrices(std::string_view transposed_x,
                                                                 std::string_view transposed_y) {
  return {{{.slot = slots::kX, .channel_axis = 0, .transposed = transposed_x},
           {.slot = slots::kY, .channel_axis = 1, .transposed = transposed_y, .output_axis = kLastAxis}}};
}

constexpr std::array<QuantizableOp, 7> kQuantizableOps = {{
    {"conv2d", OpGroup::kReference, Convolution(0), slots::kOutput},
    {"depthwise_conv2d", OpGroup::kReference, Convolution(0), slots::kOutput},
    {"mul", OpGroup::kReference, Matrices("", ""), slots::kOut},
    {"matmul_v2", OpGroup::kDefault, Matrices("trans_x", "trans_y"), slots::kOut},
    {"matmul", OpGroup::kOnRequest, Matrices("transpose_X", "transpose_Y"), slots::kOut},
    {"conv2d_transpose", OpGroup::kOnRequest, Convolution(1), slots::kOutput},
    {"depthwise_conv2d_transpose", OpGroup::kOnRequest, Convolution(0), slots::kOutput},
}};

constexpr std::array<std::string_view, 8> kOpsWithWeights = {
    "conv2d", "depthwise_conv2d", "conv2d_transpose", "depthwise_conv2d_transpose", "fc", "mul", "matmul", "matmul_v2"};

const QuantizableOp* extra_row = nullptr;

std::vector<double> DimsOf(const Index& index, VarId var) {
  std::vector<double> dims;
  for (const int64_t dim : index.DimsOf(var)) dims.push_back(dim < 1 ? 1 : static_cast<double>(dim));
  return dims;
}

double ProductOf(const std::vector<double>& dims) {
  double product = dims.empty() ? 0 : 1;
  for (const double dim : dims) product *= dim;
  return product;
}

}  // namespace

ExtraQuantizableOp::ExtraQuantizableOp(const QuantizableOp& row) { extra_row = &row; }
ExtraQuantizableOp::~ExtraQuantizableOp() { extra_row = nullptr; }

std::optional<size_t> QuantizableOp::OperandIn(std::string_view slot) const {
  for (size_t i = 0; i < operands().size(); ++i) {
    if (all_operands[i].slot == slot) return i;
  }
  return std::nullopt;
}

bool QuantizableOp::takes_weights() const {
  return std::any_of(operands().begin(), operands().end(),
                     [](const QuantizableOperand& operand) { return operand.use != OperandUse::kActivation; });
}

std::span<const QuantizableOp> QuantizableOps() { return kQuantizableOps; }

const QuantizableOp* FindQuantizable(std::string_view type) {
  if (extra_row != nullptr && extra_row->type == type) return extra_row;
  return FindRow(kQuantizableOps, &QuantizableOp::type, type);
}

std::string_view ForwardTypeOf(std::string_view gradient) {
  if (!gradient.ends_with(kGradientOpSuffix)) return {};
  for (const std::string_view higher : {"_triple_grad", "_double_grad"}) {
    if (gradient.ends_with(higher)) return gradient.substr(0, gradient.size() - higher.size());
  }
  while (gradient.ends_with(kGradientOpSuffix)) gradient.remove_suffix(kGradientOpSuffix.size());
  return gradient;
}

const QuantizableOp* FindQuantizableOfGradient(std::string_view type) {
  const std::string_view forward = ForwardTypeOf(type);
  return forward.empty() ? nullptr : FindQuantizable(forward);
}

const QuantizableOp* FindQuantizableOfFirstGradient(std::string_view type) {
  if (!type.ends_with(kGradientOpSuffix)) return nullptr;
  type.remove_suffix(kGradientOpSuffix.size());
  return FindQuantizable(type);
}

bool IsTransposed(const QuantizableOperand& operand, const OpView& op) {
  return !operand.transposed.empty() && op.BoolOr(operand.transposed, false);
}

std::optional<int32_t> ChannelAxis(const QuantizableOperand& operand, const OpView& op, size_t rank) {
  if (rank != operand.channel_rank) return std::nullopt;
  // The last two dimensions are those of a matrix.
  return IsTransposed(operand, op) ? static_cast<int32_t>(rank) * 2 - 3 - operand.channel_axis : operand.channel_axis;
}

int32_t OutputAxis(const QuantizableOperand& operand, const OpView& op) {
  if (operand.output_axis < 0) return operand.output_axis;
  const auto format = op.attr("data_format");
  return format && format->AsString().value_or("") == "NHWC" ? kLastAxis : operand.output_axis;
}

std::span<const std::string_view> OpsWithWeights() { return kOpsWithWeights; }

bool IsWeightSlot(std::string_view slot) { return slot == slots::kFilter || slot == slots::kY || slot == "W"; }

bool IsConvolution(std::string_view type) { return type.find("conv2d") != std::string_view::npos; }

bool IsMatrixProduct(std::string_view type) { return type.starts_with("matmul") || type == "mul"; }

bool HasFusedActivation(const OpView& op) {
  const auto activation = op.attr(attributes::kFuseActivation);
  return op.BoolOr(attributes::kFuseBrelu, false) || (activation && !activation->AsString().value_or("").empty());
}

double MultiplyAdds(const Index& index, OpId op, const QuantizableOp& row) {
  const std::vector<double> out = DimsOf(index, index.OutputVar(op, row.output));
  if (IsConvolution(row.type)) {
    // Each element of the output, or of the input of a transposed one, meets the filter of its channel.
    const std::vector<double> filter = DimsOf(index, index.InputVar(op, slots::kFilter));
    const bool transposed = row.type.ends_with("_transpose");
    const double elements = ProductOf(transposed ? DimsOf(index, index.InputVar(op, slots::kInput)) : out);
    return filter.empty() ? 0 : elements * ProductOf(filter) / filter[0];
  }
  const std::vector<double> y = DimsOf(index, index.InputVar(op, slots::kY));
  if (y.size() < 2) return ProductOf(y);
  return ProductOf(out) * y[y.size() - (IsTransposed(row.all_operands[1], index.program().op(op)) ? 1 : 2)];
}

}  // namespace pdquant
