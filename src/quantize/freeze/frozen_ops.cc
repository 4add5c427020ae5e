#include "quantize/freeze/frozen_ops.h"

#include <algorithm>
#include <optional>

#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// The fake_dequantize_max_abs that alone reads `var`, later in the block of `op`; nothing otherwise.
std::optional<Scaling> ScalingOf(const Index& index, const Uses& uses, OpId op, VarId var) {
  const auto readers = uses.readers(var);
  if (readers.size() != 1 || uses.writers(var).size() != 1 || index.type(readers[0]) != op_types::kDequantizeMaxAbs)
    return std::nullopt;
  Scaling scaling;
  scaling.op = readers[0];
  if (scaling.op < op || index.program().BlockOfOp(scaling.op) != index.program().BlockOfOp(op)) return std::nullopt;
  const auto range = index.program().op(scaling.op).attr(attributes::kMaxRange);
  scaling.scale = index.InputVar(scaling.op, slots::kScale);
  scaling.max_range = range ? range->AsFloat().value_or(0) : 0;
  if (scaling.scale == kNoVar || scaling.max_range == 0) return std::nullopt;
  const auto scale_readers = uses.readers(scaling.scale);
  scaling.scale_is_parameter = index.persistable(scaling.scale) && uses.writers(scaling.scale).empty() &&
                               std::none_of(scale_readers.begin(), scale_readers.end(), [&](OpId r) {
                                 return index.type(r) != op_types::kDequantizeMaxAbs && IsQuantizationOp(index.type(r));
                               });
  return scaling;
}

std::optional<FrozenOp::Operand> IntegerOperand(const Index& index, const Uses& uses, OpId op, std::string_view slot) {
  FrozenOp::Operand operand;
  operand.slot = index.names().Find(slot);
  operand.var = index.InputVar(op, slot);
  if (operand.var == kNoVar) return std::nullopt;
  const auto writers = uses.writers(operand.var);
  if (index.persistable(operand.var)) return writers.empty() ? std::optional(operand) : std::nullopt;
  if (writers.size() != 1 || !IsQuantizationOp(index.type(writers[0])) ||
      index.type(writers[0]) == op_types::kDequantizeMaxAbs)
    return std::nullopt;
  operand.quantize = writers[0];
  return operand;
}

}  // namespace

std::vector<FrozenOp> FindFrozenOps(const Index& index, const Uses& uses) {
  std::vector<FrozenOp> found;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    FrozenOp frozen;
    frozen.op = op;
    frozen.kind = FindQuantizable(index.type(op));
    if (frozen.kind == nullptr) continue;
    frozen.output = index.OutputVar(op, frozen.kind->output);
    frozen.scaled = frozen.output;
    while (frozen.scaled != kNoVar) {
      const auto scaling = ScalingOf(index, uses, op, frozen.scaled);
      if (!scaling) break;
      frozen.scalings.push_back(*scaling);
      frozen.scaled = index.OutputVar(scaling->op, slots::kOut);
    }
    for (const QuantizableOperand& quantizable : frozen.kind->operands()) {
      if (const auto operand = IntegerOperand(index, uses, op, quantizable.slot)) frozen.operands.push_back(*operand);
    }
    if (frozen.scaled != kNoVar && !frozen.scalings.empty() && !frozen.operands.empty())
      found.push_back(std::move(frozen));
  }
  return found;
}

WeightStep StepOfWeight(const Index& index, const FrozenOp& frozen, size_t weight) {
  const auto quantized = std::find_if(frozen.operands.begin(), frozen.operands.end(),
                                      [](const FrozenOp::Operand& operand) { return operand.quantize != kNoOp; });
  if (quantized != frozen.operands.end()) {
    const auto bits = index.program().op(quantized->quantize).attr(attributes::kBitLength);
    const int32_t r = MaxInteger(bits ? bits->AsInt().value_or(8) : 8);
    return {static_cast<float>(r), kNoVar, frozen.scalings[0].max_range};
  }
  if (weight >= frozen.scalings.size()) return {};
  return {0, frozen.scalings[weight].scale, frozen.scalings[weight].max_range};
}

Result<Scales> ScalesOfStep(const Index& index, const WeightStep& step, ParameterValues* values) {
  if (step.scale == kNoVar) return Scales{{step.value}};
  Result<std::vector<float>> scale = values->Read(index.name(index.var_name(step.scale)), 1);
  if (!scale.ok()) return scale.status();
  if (scale->empty()) return BadInput("the scale has no value");
  return Scales{std::move(*scale)};
}

}  // namespace pdquant
