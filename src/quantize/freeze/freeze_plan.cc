#include "quantize/freeze/freeze_plan.h"

#include <algorithm>
#include <utility>

#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

bool IsFp32Tensor(const VarView& var) {
  const auto tensor = var.lod_tensor();
  return var.kind() == proto::VarType::LOD_TENSOR && tensor && tensor->data_type == proto::VarType::FP32;
}

}  // namespace

FreezePlan::FreezePlan(const Index& index, const Uses& uses, const FakePairs& pairs)
    : index_(index), uses_(uses), pairs_(pairs), flow_(index) {
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (const QuantizableOp* kind = FindQuantizable(index.type(op))) AddSite(op, *kind);
  }
  for (const FakePair& pair : pairs.pairs()) KeepOtherReaders(pair);
}

bool FreezePlan::IsWeight(const FakePair& pair) const {
  return index_.persistable(pair.source) && uses_.writers(pair.source).empty() &&
         IsFp32Tensor(index_.program().var(pair.source));
}

void FreezePlan::AddSite(OpId op, const QuantizableOp& kind) {
  FreezeSite site;
  site.op = op;
  site.kind = &kind;
  site.output = index_.OutputVar(op, kind.output);
  for (const QuantizableOperand& operand : kind.operands()) {
    const VarId var = index_.InputVar(op, operand.slot);
    const FakePair* pair = var == kNoVar ? nullptr : pairs_.Find(var);
    if (pair != nullptr) site.operands.push_back({pair, index_.names().Find(operand.slot), IsWeight(*pair)});
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

// An op of another kind that reads a rounded value, such as the cast of mixed precision.
void FreezePlan::KeepOtherReaders(const FakePair& pair) {
  for (const OpId op : uses_.readers(pair.dequantized)) {
    if (FindQuantizable(index_.type(op)) != nullptr || FindControlOp(index_.type(op)) != nullptr) continue;
    kept_.push_back({op, "it reads a rounded value in float"});
  }
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
    if (!RunsBefore(operand.pair->dequantize, site.op)) return "an operand is dequantized behind it";
    if (operand.is_weight && IsLookedAt(*operand.pair))
      return "something else reads its weight's integers, or their scale";
    if (!operand.is_weight && !OwnsScale(*operand.pair)) return "something else writes the scale of its activation";
  }
  return "";
}

// Whether something besides the pair reads what the quantize op of a weight writes: it has to stay.
bool FreezePlan::IsLookedAt(const FakePair& pair) const {
  const auto looks = [&](OpId op) {
    return op != pair.quantize && op != pair.dequantize && FindControlOp(index_.type(op)) == nullptr;
  };
  const auto integers = uses_.readers(pair.quantized);
  const auto scale = uses_.readers(pair.scale);
  return std::any_of(integers.begin(), integers.end(), looks) ||
         (!index_.persistable(pair.scale) && std::any_of(scale.begin(), scale.end(), looks));
}

// Whether the scale is that of the pair when the op runs. Several quantize ops may share a static one: for inference
// none of them writes it.
bool FreezePlan::OwnsScale(const FakePair& pair) const {
  const auto writers = uses_.writers(pair.scale);
  return std::all_of(writers.begin(), writers.end(), [&](OpId op) {
    if (op == pair.quantize) return true;
    const FakePair* other = pairs_.FindByQuantize(op);
    return other != nullptr && other->scale == pair.scale && !other->scale_kind->dynamic;
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

bool FreezePlan::Dissolves(const FakePair& pair) const {
  const auto readers = uses_.readers(pair.dequantized);
  return std::all_of(readers.begin(), readers.end(),
                     [&](OpId op) { return IsSite(op) || FindControlOp(index_.type(op)) != nullptr; });
}

bool FreezePlan::HasFloatReader(VarId parameter) const {
  const auto readers = uses_.readers(parameter);
  return std::any_of(readers.begin(), readers.end(), [&](OpId op) {
    if (FindControlOp(index_.type(op)) != nullptr) return false;
    if (!IsQuantizationOp(index_.type(op))) return true;
    const FakePair* pair = pairs_.FindByQuantize(op);
    return pair == nullptr || !Dissolves(*pair);
  });
}

}  // namespace pdquant
