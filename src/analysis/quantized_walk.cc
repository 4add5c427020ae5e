#include "analysis/quantized_walk.h"

#include "paddle/names.h"
#include "paddle/quantization_ops.h"

namespace pdquant {

QuantizedWalk::QuantizedWalk(const Index& index, bool reads_mobile)
    : index_(index),
      reads_mobile_(reads_mobile && HasAmbiguousOps(index)),
      by_name_(index.names().size()),
      owners_(index.program().op_count()),
      values_(index.program().var_count()) {
  for (const QuantizationOp& op : QuantizationOps()) {
    const NameId name = index.names().Find(op.type);
    if (name != kNoName) by_name_[name] = FindQuantizationOp(op.type);
  }
  for (const BlockReference& reference : index.block_references()) owners_[reference.op] = true;
}

const HeldValue& QuantizedWalk::ValueOf(NameId name) const {
  const VarId var = name == kNoName ? kNoVar : index_.Lookup(block_, name);
  return var == kNoVar ? float_ : values_[var];
}

bool QuantizedWalk::Observes() const {
  return quantization_ != nullptr && quantization_->linear() &&
         index_.program().op(op_).BoolOr(attributes::kOnlyObserver, false);
}

bool QuantizedWalk::ComputesQuantized() const {
  if (quantization_ != nullptr || RunsBlock()) return false;
  for (const Argument& argument : index_.inputs(op_)) {
    const ValueKind kind = ValueOf(argument.name).kind;
    if (kind == ValueKind::kInteger || kind == ValueKind::kRounded) return true;
  }
  return false;
}

HeldValue QuantizedWalk::ResultOfQuantization() const {
  const NameId operand = index_.Input(op_, quantization_->operand);
  const HeldValue& value = ValueOf(operand);
  if (Observes()) return value;
  if (quantization_->role == QuantizationRole::kDequantize) {
    if (value.kind == ValueKind::kInteger) return {ValueKind::kRounded, value.made_by, value.source, value.scale};
    const VarId var = operand == kNoName ? kNoVar : index_.Lookup(block_, operand);
    const bool stored = var != kNoVar && index_.persistable(var) && value.kind == ValueKind::kFloat;
    return stored ? HeldValue{ValueKind::kRounded, op_, var, kNoVar} : float_;
  }
  HeldValue result;
  result.kind = quantization_->role == QuantizationRole::kQuantize ? ValueKind::kInteger : ValueKind::kRounded;
  result.made_by = op_;
  result.source = operand == kNoName ? kNoVar : index_.Lookup(block_, operand);
  NameId scale = index_.Output(op_, quantization_->new_scale);
  if (scale == kNoName) scale = index_.Input(op_, quantization_->scale);
  result.scale = scale == kNoName ? kNoVar : index_.Lookup(block_, scale);
  return result;
}

HeldValue QuantizedWalk::ResultOfOther() const {
  if (RunsBlock()) return float_;
  for (const Argument& argument : index_.inputs(op_)) {
    const HeldValue& value = ValueOf(argument.name);
    if (value.kind == ValueKind::kInteger) return {ValueKind::kProduct, op_, value.source, value.scale};
  }
  return float_;
}

void QuantizedWalk::SetResults() {
  const HeldValue result = quantization_ == nullptr ? ResultOfOther() : ResultOfQuantization();
  for (const Argument& argument : index_.outputs(op_)) {
    const VarId var = index_.Lookup(block_, argument.name);
    if (var == kNoVar) continue;
    const bool is_result =
        quantization_ == nullptr ? !index_.persistable(var) : index_.name(argument.slot) == quantization_->output;
    values_[var] = is_result ? result : float_;
  }
}

bool QuantizedWalk::Next() {
  if (op_ == kNoOp) {
    op_ = 0;
  } else {
    SetResults();
    ++op_;
  }
  if (op_ >= index_.program().op_count()) return false;
  while (op_ >= index_.program().block(block_).first_op + index_.program().block(block_).op_count) ++block_;
  quantization_ = by_name_[index_.op(op_).type];
  if (reads_mobile_ && quantization_ == nullptr) quantization_ = FindMobileOp(index_, op_);
  return true;
}

}  // namespace pdquant
