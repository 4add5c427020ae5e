#include "paddle/batch_norm.h"

#include <algorithm>
#include <vector>

#include "paddle/names.h"

namespace pdquant {
namespace {

constexpr std::string_view kBatchNorm = "batch_norm";
constexpr std::string_view kAdd = "elementwise_add";
constexpr std::string_view kAxis = "axis";
constexpr size_t kImageRank = 4;

bool IsSet(const OpView& op, std::string_view name) { return op.BoolOr(name, false); }

}  // namespace

bool IsBatchNorm(std::string_view type) { return type == kBatchNorm; }

int64_t GroupsOf(const Index& index, OpId conv) { return std::max(1, index.program().op(conv).IntOr("groups", 1)); }

std::optional<BatchNorm> ReadBatchNorm(const Index& index, OpId op) {
  if (!IsBatchNorm(index.type(op))) return std::nullopt;
  const OpView view = index.program().op(op);
  if (!IsSet(view, attributes::kIsTest) && !IsSet(view, "use_global_stats")) return std::nullopt;
  if (IsSet(view, "trainable_statistics") && !IsSet(view, attributes::kIsTest)) return std::nullopt;
  if (IsSet(view, "fuse_with_relu")) return std::nullopt;
  BatchNorm norm;
  norm.x = index.InputVar(op, slots::kX);
  norm.y = index.OutputVar(op, slots::kY);
  norm.scale = index.InputVar(op, slots::kScale);
  norm.bias = index.InputVar(op, "Bias");
  norm.mean = index.InputVar(op, "Mean");
  norm.variance = index.InputVar(op, "Variance");
  for (const VarId var : {norm.x, norm.y, norm.scale, norm.bias, norm.mean, norm.variance}) {
    if (var == kNoVar) return std::nullopt;
  }
  if (const auto epsilon = view.attr("epsilon")) norm.epsilon = epsilon->AsFloat().value_or(norm.epsilon);
  const auto layout = view.attr("data_layout");
  if (layout && layout->AsString().value_or("") == "NHWC") norm.channel_axis = 3;
  return norm;
}

std::optional<ChannelBias> ReadChannelBias(const Index& index, OpId op, int32_t channel_axis) {
  if (index.type(op) != kAdd) return std::nullopt;
  const ChannelBias bias = {index.InputVar(op, slots::kX), index.InputVar(op, slots::kY),
                            index.OutputVar(op, slots::kOut)};
  if (bias.x == kNoVar || bias.y == kNoVar || bias.out == kNoVar) return std::nullopt;
  const std::vector<int64_t> dims = index.DimsOf(bias.y);
  const int32_t axis = index.program().op(op).IntOr(kAxis, -1);
  if (dims.size() == 1 && (axis == channel_axis || (axis == -1 && static_cast<size_t>(channel_axis) + 1 == kImageRank)))
    return bias;
  if (dims.size() != kImageRank || axis > 0) return std::nullopt;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i != static_cast<size_t>(channel_axis) && dims[i] != 1) return std::nullopt;
  }
  return bias;
}

void BuildChannelBias(std::string_view x, std::string_view bias, std::string_view out, int32_t channel_axis,
                      OpBuilder* op) {
  op->Input(slots::kX, x);
  op->Input(slots::kY, bias);
  op->Output(slots::kOut, out);
  op->Type(kAdd);
  op->Int(kAxis, channel_axis);
}

}  // namespace pdquant
