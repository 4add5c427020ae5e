#include "quantize/freeze/freeze_plan.h"

#include <algorithm>
#include <utility>

#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

bool IsFp32Tensor(const VarView& var) {
  const auto tensor = var.lod_tensor();
  return var.kind() == proto::VarType::LOD_TENSOR && tensor && tensor->data_type == proto::VarType::FP32;
}

}  // namespace

FreezePlan::FreezePlan(const Index& index, const Uses& uses, const QuantizedValues& values)
    : index_(index), uses_(uses), values_(values), flow_(index) {
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (const QuantizableOp* kind = FindQuantizable(index.type(op))) AddSite(op, *kind);
  }
  for (const QuantizedValue& value : values.values()) KeepOtherReaders(value);
}

bool FreezePlan::IsWeight(const QuantizedValue& value) const {
  return index_.persistable(value.source) && uses_.writers(value.source).empty() &&
         IsFp32Tensor(index_.program().var(value.source));
}

void FreezePlan::AddSite(OpId op, const QuantizableOp& kind) {
  FreezeSite site;
  site.op = op;
  site.kind = &kind;
  site.output = index_.OutputVar(op, kind.output);
  for (const QuantizableOperand& operand : kind.operands()) {
    const VarId var = index_.InputVar(op, operand.slot);
    const QuantizedValue* value = var == kNoVar ? nullptr : values_.OfRounded(var);
    if (value != nullptr) site.operands.push_back({value, index_.names().Find(operand.slot), IsWeight(*value)});
  }
  if (site.operands.empty()) return;
  std::string why = WhyNot(site);
  if (!why.empty()) {
    kept_.push_back({op, std::move(why)});
    return;
  }
  site_of_[op] = sites_.size();
  sites_.push_back(std::move(site));
}

// An op of another kind that reads a rounded value, such as the cast of mixed precision; and a quantize op that stays
// for what it writes beside the value.
void FreezePlan::KeepOtherReaders(const QuantizedValue& value) {
  for (const OpId op : uses_.readers(value.rounded)) {
    if (FindQuantizable(index_.type(op)) != nullptr || FindControlOp(index_.type(op)) != nullptr) continue;
    kept_.push_back({op, "it reads a rounded value in float"});
  }
  if (Dissolves(value) && !HasSite(value) && !LosesQuantize(value))
    kept_.push_back({value.quantize, "something else reads the integers that it writes, or their scale"});
}

std::string FreezePlan::WhyNot(const FreezeSite& site) const {
  if (site.output == kNoVar) return "it has no single output";
  for (const Argument& argument : index_.inputs(site.op)) {
    const std::string_view slot = index_.name(argument.slot);
    if (!site.kind->OperandIn(slot) && index_.name(argument.name) != kEmptyVariable) {
      return "what it adds in its slot '" + std::string(slot) + "' would be scaled with the product";
    }
  }
  const OpView op = index_.program().op(site.op);
  const auto clips = op.attr(attributes::kFuseBrelu);
  const auto activation = op.attr(attributes::kFuseActivation);
  if ((clips && clips->AsBool().value_or(false)) || (activation && !activation->AsString().value_or("").empty())) {
    return "the activation that is fused into it would see the product before it is scaled";
  }
  for (const FrozenOperand& operand : site.operands) {
    if (!RunsBefore(operand.value->dequantize, site.op)) return "an operand is dequantized behind it";
    if (operand.is_weight && !values_.OtherReaders(*operand.value).empty())
      return "something else reads its weight's integers, or their scale";
    if (!operand.is_weight && !OwnsScale(*operand.value)) return "something else writes the scale of its activation";
  }
  return "";
}

// Whether the scale is that of the value when the op runs. Several quantize ops may share a static one: for inference
// none of them writes it.
bool FreezePlan::OwnsScale(const QuantizedValue& value) const {
  const auto writers = uses_.writers(value.scale);
  return std::all_of(writers.begin(), writers.end(), [&](OpId op) {
    if (op == value.quantize) return true;
    const QuantizedValue* other = values_.OfQuantize(op);
    return other != nullptr && other->scale == value.scale && !other->kind->dynamic();
  });
}

// Whether the op stands before the other one in the same block, or before the control op that runs it.
bool FreezePlan::RunsBefore(OpId first, OpId second) const {
  const auto block = static_cast<uint32_t>(index_.program().BlockOfOp(first));
  auto b = static_cast<uint32_t>(index_.program().BlockOfOp(second));
  OpId at = second;
  while (b != block) {
    at = flow_.body(b).runner;
    if (at == kNoOp) return false;
    b = flow_.body(b).outer;
  }
  return first < at;
}

bool FreezePlan::HasSite(const QuantizedValue& value) const {
  const auto readers = uses_.readers(value.rounded);
  return std::any_of(readers.begin(), readers.end(), [&](OpId op) { return IsSite(op); });
}

bool FreezePlan::Dissolves(const QuantizedValue& value) const {
  const auto readers = uses_.readers(value.rounded);
  return std::all_of(readers.begin(), readers.end(),
                     [&](OpId op) { return IsSite(op) || FindControlOp(index_.type(op)) != nullptr; });
}

bool FreezePlan::LosesQuantize(const QuantizedValue& value) const {
  if (!Dissolves(value) || !values_.OtherReaders(value).empty()) return false;
  return IsWeight(value) || !HasSite(value);
}

bool FreezePlan::HasFloatReader(VarId parameter) const {
  const auto readers = uses_.readers(parameter);
  return std::any_of(readers.begin(), readers.end(), [&](OpId op) {
    if (FindControlOp(index_.type(op)) != nullptr) return false;
    if (!IsQuantizationOp(index_.type(op))) return true;
    const QuantizedValue* value = values_.OfQuantize(op);
    return value == nullptr || !LosesQuantize(*value);
  });
}

}  // namespace pdquant
