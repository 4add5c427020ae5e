#include "analysis/quantized_values.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/tensor_ops.h"

namespace pdquant {
namespace {

using Form = QuantizationForm;
using Role = QuantizationRole;

// 8 and 0 are what the ops take where the attribute is missing. Of a list the first number is that of the integers; an
// op that says its range only, 2^(bits - 1) - 1, says them by it.
int32_t BitsOf(const OpView& op, const QuantizationOp& kind) {
  const auto attr = op.attr(kind.bits.empty() ? attributes::kMaxRange : kind.bits);
  if (!attr) return 8;
  if (const auto bits = attr->AsInt()) return *bits;
  if (const auto range = attr->AsFloat())
    return *range >= 1 && *range < 1 << 20 ? 1 + static_cast<int32_t>(std::lround(std::log2(*range + 1))) : 8;
  const std::vector<int32_t> list = attr->AsInts();
  return list.empty() ? 8 : list.front();
}
int32_t AxisOf(const OpView& op, const QuantizationOp& kind) {
  if (!kind.per_channel && !kind.linear()) return kWholeTensor;
  return std::max(op.IntOr(attributes::kQuantAxis, 0), kWholeTensor);
}

}  // namespace

QuantizedValues::QuantizedValues(const Index& index, const Uses& uses) : index_(index), uses_(uses) {
  const auto count = static_cast<OpId>(index.program().op_count());
  for (QuantizedWalk walk(index); walk.Next();) {
    const QuantizationOp* kind = walk.quantization();
    if (kind == nullptr) continue;
    if (walk.Observes()) {
      if (kind->role == Role::kDequantize) AddObserved(walk.op(), *kind);
      continue;
    }
    if (kind->role == Role::kRound) AddRounding(walk.op(), *kind);
    if (kind->role == Role::kDequantize)
      AddScaledBack(walk.op(), *kind, walk.ValueOf(index.Input(walk.op(), kind->operand)));
  }
  for (OpId op = 0; op < count; ++op) AddProduct(op);
  std::vector<bool> understood(count);
  for (const QuantizedValue& value : values_) {
    if (!value.is_stored()) understood[value.quantize] = true;
    understood[value.dequantize] = true;
    for (const OpId op : value.estimators) understood[op] = true;
  }
  for (const QuantizedValue& value : observed_) {
    understood[value.quantize] = true;
    understood[value.dequantize] = true;
  }
  for (const IntegerProduct& product : products_) {
    for (const auto& scaling : product.scalings) understood[scaling.op] = true;
    for (const auto& operand : product.operands) {
      if (operand.quantize != kNoOp) understood[operand.quantize] = true;
    }
  }
  for (OpId op = 0; op < count; ++op) {
    if (!understood[op] && IsQuantizationOp(index.type(op))) unpaired_.push_back(op);
    if (const QuantizationOp* observer = FindObserver(index.type(op))) {
      const VarId result = index.OutputVar(op, observer->output);
      if (result == kNoVar || uses.readers(result).empty()) observers_.push_back(op);
    }
  }
}

bool QuantizedValues::HasOneWriter(VarId var, OpId writer) const {
  const auto writers = uses_.writers(var);
  return writers.size() == 1 && writers[0] == writer;
}

bool QuantizedValues::IsParameter(VarId var) const {
  const auto writers = uses_.writers(var);
  return index_.persistable(var) &&
         std::all_of(writers.begin(), writers.end(), [&](OpId op) { return PartOf(index_, op) == OpPart::kOptimizer; });
}

// In test form a channel-wise op takes the scales that training left.
bool QuantizedValues::KeepsScale(const QuantizedValue& value) const {
  if (!value.kind->per_channel || value.is_stored() || value.scale == kNoVar || !index_.persistable(value.scale))
    return false;
  return index_.program().op(value.quantize).BoolOr(attributes::kIsTest, false);
}

void QuantizedValues::Add(QuantizedValue value) {
  const auto number = static_cast<uint32_t>(values_.size());
  value.is_weight = IsParameter(value.source);
  value.scale_is_stored = !value.kind->dynamic() || KeepsScale(value);
  FindEstimators(&value);
  by_rounded_[value.rounded] = number;
  if (!value.is_stored()) by_quantize_[value.quantize] = number;
  values_.push_back(value);
}

// The op of the program that is as the row's `scale_op`, and writes what of its results is known in `bound`, by the
// positions of the row's variables; `bound` learns what else the op names. kNoOp without one.
OpId QuantizedValues::WriterLike(const ScaleOp& scale_op, const QuantizedValue& value,
                                 std::vector<VarId>* bound) const {
  const auto position = [&](const ScaleSlot& slot) {
    return static_cast<size_t>(slot.variable == kTheScale ? 0 : slot.variable);
  };
  for (const ScaleSlot& known : scale_op.outputs) {
    const VarId var = (*bound)[position(known)];
    if (var == kNoVar) continue;
    for (const OpId op : uses_.writers(var)) {
      if (index_.type(op) != scale_op.type || index_.OutputVar(op, known.slot) != var) continue;
      for (const ScaleSlot& slot : scale_op.outputs) (*bound)[position(slot)] = index_.OutputVar(op, slot.slot);
      for (const ScaleSlot& slot : scale_op.inputs) {
        const VarId read = index_.InputVar(op, slot.slot);
        if (slot.variable != kSourceValue) {
          (*bound)[position(slot)] = read;
        } else if (read != value.source) {
          return kNoOp;
        }
      }
      return op;
    }
  }
  return kNoOp;
}

void QuantizedValues::FindEstimators(QuantizedValue* value) const {
  if (value->kind->dynamic() || uses_.writers(value->scale).empty()) return;
  for (const ScaleKind& row : ScaleKinds(value->kind->form)) {
    if (row.ops.size() == 1 || row.quantize_op().type != value->kind->type) continue;
    std::vector<VarId> bound(row.variables.size(), kNoVar);
    bound[static_cast<size_t>(row.scale)] = value->scale;
    std::vector<OpId> found;
    const auto follow = [&](std::span<const ScaleOp> ops) {
      for (auto op = ops.rbegin(); op != ops.rend(); ++op) {
        found.push_back(WriterLike(*op, *value, &bound));
        if (found.back() == kNoOp) return false;
      }
      return true;
    };
    if (!follow(row.ops.first(row.ops.size() - 1))) continue;
    value->estimators = std::move(found);
    found.clear();
    if (follow(row.step_ops)) value->step_ops = std::move(found);
    return;
  }
}

// `op` is the second of the pair.
void QuantizedValues::AddObserved(OpId op, const QuantizationOp& kind) {
  QuantizedValue value;
  value.dequantize = op;
  value.integers = index_.InputVar(op, kind.operand);
  value.rounded = index_.OutputVar(op, kind.output);
  value.scale = index_.InputVar(op, kind.scale);
  const auto writers = value.integers == kNoVar ? std::span<const OpId>() : uses_.writers(value.integers);
  if (writers.size() != 1 || value.scale == kNoVar || value.rounded == kNoVar || !HasOneWriter(value.rounded, op))
    return;
  value.kind = FindQuantizationOp(index_.type(writers[0]));
  if (value.kind == nullptr || value.kind->role != Role::kQuantize || value.kind->form != kind.form) return;
  value.quantize = writers[0];
  value.source = index_.InputVar(value.quantize, value.kind->operand);
  value.bits = BitsOf(index_.program().op(value.quantize), *value.kind);
  if (value.source != kNoVar) observed_.push_back(value);
}

void QuantizedValues::AddRounding(OpId op, const QuantizationOp& kind) {
  const OpView view = index_.program().op(op);
  QuantizedValue value;
  value.kind = &kind;
  value.quantize = op;
  value.dequantize = op;
  value.source = index_.InputVar(op, kind.operand);
  value.rounded = index_.OutputVar(op, kind.output);
  value.scale = index_.OutputVar(op, kind.new_scale);
  if (value.scale == kNoVar && !kind.dynamic()) value.scale = index_.InputVar(op, kind.scale);
  value.bits = BitsOf(view, kind);
  value.axis = AxisOf(view, kind);
  if (value.source == kNoVar || value.scale == kNoVar || value.rounded == kNoVar) return;
  if (HasOneWriter(value.rounded, op)) Add(value);
}

void QuantizedValues::AddScaledBack(OpId op, const QuantizationOp& kind, const HeldValue& operand) {
  QuantizedValue value;
  value.dequantize = op;
  value.integers = index_.InputVar(op, kind.operand);
  value.rounded = index_.OutputVar(op, kind.output);
  value.scale = index_.InputVar(op, kind.scale);
  if (value.integers == kNoVar || value.scale == kNoVar || value.rounded == kNoVar || !HasOneWriter(value.rounded, op))
    return;
  if (operand.kind == ValueKind::kInteger) {
    const QuantizationOp* quantizes = FindQuantizationOp(index_.type(operand.made_by));
    if (quantizes == nullptr || quantizes->form != kind.form || quantizes->per_channel != kind.per_channel) return;
    value.kind = quantizes;
    if (PairWith(operand.made_by, &value)) Add(value);
  } else if (operand.kind == ValueKind::kFloat && IsParameter(value.integers)) {
    const OpView view = index_.program().op(op);
    value.kind = &kind;
    value.source = value.integers;
    value.bits = BitsOf(view, kind);
    value.axis = AxisOf(view, kind);
    Add(value);
  }
}

// Whether `quantize` and the op that scales `value` back belong together; fills in what the former says.
bool QuantizedValues::PairWith(OpId quantize, QuantizedValue* value) const {
  const QuantizationOp& kind = *value->kind;
  const OpView view = index_.program().op(quantize);
  if (!HasOneWriter(value->integers, quantize) || OfQuantize(quantize) != nullptr) return false;
  if (index_.program().BlockOfOp(quantize) != index_.program().BlockOfOp(value->dequantize)) return false;
  value->quantize = quantize;
  value->source = index_.InputVar(quantize, kind.operand);
  value->bits = BitsOf(view, kind);
  value->axis = AxisOf(view, kind);
  if (value->source == kNoVar) return false;
  // The linear form may leave its scale as it is; a static scale is read from where it is written.
  const VarId written = index_.OutputVar(quantize, kind.new_scale);
  if (written != value->scale && !(kind.linear() && written == kNoVar)) return false;
  return kind.dynamic() || index_.InputVar(quantize, kind.scale) == value->scale;
}

// The op is frozen where its output is scaled back, and read by nothing else.
void QuantizedValues::AddProduct(OpId op) {
  IntegerProduct product;
  product.op = op;
  product.kind = FindQuantizable(index_.type(op));
  if (product.kind == nullptr) return;
  product.output = index_.OutputVar(op, product.kind->output);
  product.scaled = product.output;
  while (product.scaled != kNoVar && AddScaling(op, product.scaled, &product))
    product.scaled = index_.OutputVar(product.scalings.back().op, product.scalings.back().kind->output);
  if (product.scaled == kNoVar || product.scalings.empty()) return;
  for (const QuantizableOperand& operand : product.kind->operands()) AddOperand(op, operand, &product);
  if (!product.operands.empty()) products_.push_back(std::move(product));
}

// Adds the dequantize op that alone reads `product`, later in the block of `op`.
bool QuantizedValues::AddScaling(OpId op, VarId product, IntegerProduct* into) const {
  const auto readers = uses_.readers(product);
  if (readers.size() != 1 || uses_.writers(product).size() != 1 || readers[0] < op) return false;
  IntegerProduct::Scaling scaling;
  scaling.op = readers[0];
  scaling.kind = FindQuantizationOp(index_.type(scaling.op));
  if (scaling.kind == nullptr || scaling.kind->role != Role::kDequantize || scaling.kind->form != Form::kLegacy)
    return false;
  if (index_.program().BlockOfOp(scaling.op) != index_.program().BlockOfOp(op)) return false;
  const OpView view = index_.program().op(scaling.op);
  for (const Argument& argument : index_.inputs(scaling.op)) {
    if (index_.name(argument.slot) != scaling.kind->scale) continue;
    scaling.scales.push_back(index_.Lookup(index_.program().BlockOfOp(scaling.op), argument.name));
  }
  const size_t most = scaling.kind->per_channel ? 2 : 1;
  if (scaling.scales.empty() || scaling.scales.size() > most ||
      std::find(scaling.scales.begin(), scaling.scales.end(), kNoVar) != scaling.scales.end())
    return false;
  if (scaling.kind->per_channel) {
    const auto bits = view.attr(scaling.kind->bits);
    const std::vector<int32_t> lengths = bits ? bits->AsInts() : std::vector<int32_t>();
    if (!lengths.empty()) scaling.weight_bits = lengths[0];
    scaling.axis = AxisOf(view, *scaling.kind);
  } else {
    const auto range = view.attr(attributes::kMaxRange);
    scaling.max_range = range ? range->AsFloat().value_or(0) : 0;
    if (scaling.max_range == 0) return false;
  }
  into->scalings.push_back(std::move(scaling));
  return true;
}

void QuantizedValues::AddOperand(OpId op, const QuantizableOperand& row, IntegerProduct* into) const {
  IntegerProduct::Operand operand;
  operand.slot = index_.names().Find(row.slot);
  operand.var = index_.InputVar(op, row.slot);
  if (operand.var == kNoVar) return;
  std::optional<int32_t> axis = ChannelAxis(row, index_.program().op(op), index_.DimsOf(operand.var).size());
  operand.parameter = operand.var;
  for (int followed = 0; !index_.persistable(operand.parameter); ++followed) {
    if (followed == kLongestChain) return;
    const auto writers = uses_.writers(operand.parameter);
    if (writers.size() != 1) return;
    const QuantizationOp* kind = FindQuantizationOp(index_.type(writers[0]));
    if (kind != nullptr && kind->role == Role::kQuantize && operand.parameter == operand.var) {
      operand.quantize = writers[0];
      operand.parameter = kNoVar;
      into->operands.push_back(operand);
      return;
    }
    if (!KeepsElements(index_.type(writers[0]))) return;
    axis = axis ? AxisBefore(index_, writers[0], *axis) : std::nullopt;
    operand.parameter = index_.InputVar(writers[0], slots::kX);
    if (operand.parameter == kNoVar) return;
  }
  if (!uses_.writers(operand.parameter).empty()) return;
  operand.axis = axis.value_or(kWholeTensor);
  into->operands.push_back(operand);
}

bool QuantizedValues::IsFrozen() const {
  return !products_.empty() ||
         std::any_of(values_.begin(), values_.end(), [](const QuantizedValue& value) { return value.is_stored(); });
}

std::vector<OpId> QuantizedValues::OtherReaders(const QuantizedValue& value, size_t limit) const {
  std::vector<OpId> others;
  const auto add = [&](VarId var) {
    for (const OpId op : uses_.readers(var)) {
      if (others.size() == limit) return;
      if (op != value.quantize && op != value.dequantize && !uses_.OnlyLists(op, var)) others.push_back(op);
    }
  };
  if (value.integers != kNoVar) add(value.integers);
  const bool set_at_run_time = !value.scale_is_stored || !index_.persistable(value.scale);
  if (value.scale != kNoVar && set_at_run_time) add(value.scale);
  return others;
}

}  // namespace pdquant
