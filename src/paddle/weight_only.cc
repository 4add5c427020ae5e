#include "paddle/weight_only.h"

#include <algorithm>
#include <array>

#include "paddle/names.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {
namespace {

// lite/api/light_api.cc of Paddle-Lite 2.12, DequantizeWeight.
constexpr std::array<std::string_view, 3> kScaledBack = {"conv2d", "depthwise_conv2d", op_types::kMul};

constexpr std::array<std::string_view, 6> kCommonAttributes = {attributes::kOpRole,      attributes::kOpRoleVar,
                                                               attributes::kOpNamescope, attributes::kOpCallStack,
                                                               attributes::kOpDevice,    attributes::kWithQuantAttr};

}  // namespace

int32_t WeightOnlyBits(const OpView& op) {
  if (FindQuantizable(op.type()) == nullptr) return 0;
  return op.IntOr(attributes::kQuantizeWeightBits, 0);
}

bool StoresWeight(const OpView& op, std::string_view input) { return op.attr(StepsOfWeight(input)).has_value(); }

std::string StepsOfWeight(std::string_view weight) {
  return std::string(weight) + std::string(attributes::kQuantScaleSuffix);
}

bool ScalesWeightsBack(std::string_view type) {
  return std::find(kScaledBack.begin(), kScaledBack.end(), type) != kScaledBack.end();
}

std::string WhyNotMul(const Index& index, OpId op) {
  const QuantizableOp* row = FindQuantizable(index.type(op));
  if (row == nullptr || !IsMatrixProduct(row->type)) return "it is no matrix product";
  const OpView view = index.program().op(op);
  for (const QuantizableOperand& operand : row->operands()) {
    if (IsTransposed(operand, view)) return "its " + std::string(operand.slot) + " is transposed, which mul can't";
  }
  const auto alpha = view.attr(attributes::kAlpha);
  if (alpha && alpha->AsFloat().value_or(1) != 1) return "it multiplies by alpha, which mul can't";
  const auto x = index.TensorOf(index.InputVar(op, slots::kX));
  const auto y = index.TensorOf(index.InputVar(op, slots::kY));
  const auto out = index.TensorOf(index.OutputVar(op, slots::kOut));
  if (!x || !y || !out) return "the shapes of its operands aren't declared";
  if (y->dims.size() != 2) return "its Y is no matrix, which mul needs";
  if (x->dims.size() < 2 || x->dims.size() != out->dims.size()) return "its X has fewer than two dimensions";
  if (x->dims.back() != y->dims.front() && x->dims.back() != -1) return "its X and Y are declared not to fit";
  return "";
}

bool IsCommonAttribute(std::string_view name) {
  return std::find(kCommonAttributes.begin(), kCommonAttributes.end(), name) != kCommonAttributes.end();
}

std::vector<OpId> WeightOnlyOps(const Index& index) {
  std::vector<NameId> types;
  for (const QuantizableOp& row : QuantizableOps()) types.push_back(index.names().Find(row.type));
  std::vector<OpId> found;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (std::find(types.begin(), types.end(), index.op(op).type) == types.end()) continue;
    if (WeightOnlyBits(index.program().op(op)) != 0) found.push_back(op);
  }
  return found;
}

}  // namespace pdquant
