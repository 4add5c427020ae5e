#include "quantize/freeze/freeze_plan.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "paddle/names.h"
#include "paddle/tensor_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

bool IsFp32Tensor(const VarView& var) {
  const auto tensor = var.lod_tensor();
  return var.kind() == proto::VarType::LOD_TENSOR && tensor && tensor->data_type == proto::VarType::FP32;
}

constexpr char kOtherReader[] = "something else reads the integers that it writes, or their scale";

// Not by push_back of a whole one: GCC 12 warns of that at -O3.
void Keep(OpId op, std::string_view why, std::vector<KeptSite>* kept) {
  KeptSite& site = kept->emplace_back();
  site.op = op;
  site.why = why;
}

}  // namespace

FreezePlan::FreezePlan(const Index& index, const Uses& uses, const QuantizedValues& values, QuantizationForm target)
    : index_(index), uses_(uses), values_(values), flow_(index) {
  for (const QuantizedValue& value : values.values()) {
    auto weight = FindWeight(value);
    if (!weight) continue;
    for (const OpId op : weight->path) carriers_[op] = &value;
    weights_.emplace(&value, std::move(*weight));
  }
  if (target == QuantizationForm::kLinear) {
    StoreAll();
    return;
  }
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (const QuantizableOp* kind = FindQuantizable(index.type(op))) AddSite(op, *kind);
  }
  MoveInFront();
  for (const QuantizedValue& value : values.values()) KeepOtherReaders(value);
}

const StoredWeight* FreezePlan::WeightOf(const QuantizedValue& value) const {
  const auto found = weights_.find(&value);
  return found == weights_.end() ? nullptr : &found->second;
}

bool FreezePlan::IsFp32Parameter(VarId var) const {
  return index_.persistable(var) && uses_.writers(var).empty() && IsFp32Tensor(index_.program().var(var));
}

std::optional<StoredWeight> FreezePlan::FindWeight(const QuantizedValue& value) const {
  StoredWeight weight = {value.source, value.axis, {}};
  while (weight.parameter != kNoVar && !IsFp32Parameter(weight.parameter)) {
    const auto writers = uses_.writers(weight.parameter);
    const bool kept = writers.size() == 1 && KeepsElements(index_.type(writers[0])) &&
                      !index_.persistable(weight.parameter) && uses_.readers(weight.parameter).size() == 1 &&
                      IsFp32Tensor(index_.program().var(weight.parameter));
    const auto axis = kept ? AxisBefore(index_, writers[0], weight.axis) : std::nullopt;
    if (!axis || *axis > 1) return std::nullopt;
    weight.axis = *axis;
    weight.path.push_back(writers[0]);
    weight.parameter = index_.InputVar(writers[0], slots::kX);
  }
  if (weight.parameter == kNoVar || value.is_stored()) return std::nullopt;
  return weight;
}

void FreezePlan::StoreAll() {
  for (const auto& [value, weight] : weights_) {
    if (!values_.HasOtherReaders(*value)) {
      stored_.insert(value);
    } else {
      Keep(value->quantize, kOtherReader, &kept_);
    }
  }
}

void FreezePlan::AddSite(OpId op, const QuantizableOp& kind) {
  FreezeSite site;
  site.op = op;
  site.kind = &kind;
  site.output = index_.OutputVar(op, kind.output);
  for (const QuantizableOperand& operand : kind.operands()) {
    const VarId var = index_.InputVar(op, operand.slot);
    const QuantizedValue* value = var == kNoVar ? nullptr : values_.OfRounded(var);
    if (value != nullptr && !value->is_stored())
      site.operands.push_back({value, index_.names().Find(operand.slot), IsWeight(*value)});
  }
  if (site.operands.empty()) return;
  const std::string why = WhyNot(site);
  if (!why.empty()) {
    Keep(op, why, &kept_);
    return;
  }
  sites_.push_back(std::move(site));
}

// What one op needs in front of it, all its readers read from there.
void FreezePlan::MoveInFront() {
  for (const FreezeSite& site : sites_) {
    for (const FrozenOperand& operand : site.operands) {
      if (MovesInFront(site, operand)) stored_.insert(operand.value);
    }
  }
  for (FreezeSite& site : sites_)
    std::erase_if(site.operands, [&](const FrozenOperand& operand) { return IsStored(*operand.value); });
  std::erase_if(sites_, [](const FreezeSite& site) { return site.operands.empty(); });
  for (size_t i = 0; i < sites_.size(); ++i) site_of_[sites_[i].op] = i;
}

// The scales of channels can be placed behind the op where they lie along an axis of its output that the ops know, and
// where one other operand at most has a scale.
bool FreezePlan::MovesInFront(const FreezeSite& site, const FrozenOperand& operand) const {
  if (!operand.is_weight || operand.value->axis == kWholeTensor) return false;
  const QuantizableOperand& row = site.kind->operands()[*site.kind->OperandIn(index_.name(operand.slot))];
  // Paddle's passes take the axis that is summed where a weight is transposed: those scales can't come behind the sum.
  const OpView op = index_.program().op(site.op);
  if (ChannelAxis(row, op, index_.DimsOf(operand.value->source).size()) != operand.value->axis) return true;
  const int32_t axis = OutputAxis(row, op);
  const size_t rank = index_.DimsOf(site.output).size();
  if (axis == kNoOutputAxis || rank < 2) return true;
  if (site.operands.size() > 1) {
    const FrozenOperand& other = site.operands[&operand == site.operands.data() ? 1 : 0];
    return other.is_weight;
  }
  return axis == kLastAxis && rank != 2;
}

// An op of another kind that reads a rounded value, such as the cast of mixed precision; and a quantize op that stays
// for what it writes beside the value.
void FreezePlan::KeepOtherReaders(const QuantizedValue& value) {
  if (value.is_stored() || IsStored(value)) return;
  for (const OpId op : uses_.readers(value.rounded)) {
    if (FindQuantizable(index_.type(op)) != nullptr || uses_.OnlyLists(op, value.rounded)) continue;
    Keep(op, "it reads a rounded value in float", &kept_);
  }
  if (Dissolves(value) && !HasSite(value) && !LosesQuantize(value)) Keep(value.quantize, kOtherReader, &kept_);
}

std::string FreezePlan::WhyNot(const FreezeSite& site) const {
  if (site.output == kNoVar) return "it has no single output";
  std::vector<NameId> seen;  // the operands' slots
  for (const Argument& argument : index_.inputs(site.op)) {
    const std::string_view slot = index_.name(argument.slot);
    if (!site.kind->OperandIn(slot) && index_.name(argument.name) != kEmptyVariable) {
      return "what it adds in its slot '" + std::string(slot) + "' would be scaled with the product";
    }
    if (std::find(seen.begin(), seen.end(), argument.slot) != seen.end())
      return "its slot '" + std::string(slot) + "' has more than one variable";
    seen.push_back(argument.slot);
  }
  if (HasFusedActivation(index_.program().op(site.op))) {
    return "the activation that is fused into it would see the product before it is scaled";
  }
  for (const FrozenOperand& operand : site.operands) {
    if (!RunsBefore(operand.value->dequantize, site.op)) return "an operand is dequantized behind it";
    if (operand.is_weight && values_.HasOtherReaders(*operand.value))
      return "something else reads its weight's integers, or their scale";
    if (!operand.is_weight && operand.value->axis != kWholeTensor)
      return "an operand that is made of a parameter, in another shape, has a scale for each channel";
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
  if (IsStored(value)) return false;
  const auto readers = uses_.readers(value.rounded);
  return std::any_of(readers.begin(), readers.end(), [&](OpId op) { return IsSite(op); });
}

bool FreezePlan::Dissolves(const QuantizedValue& value) const {
  if (IsStored(value)) return false;
  const auto readers = uses_.readers(value.rounded);
  return std::all_of(readers.begin(), readers.end(),
                     [&](OpId op) { return IsSite(op) || uses_.OnlyLists(op, value.rounded); });
}

bool FreezePlan::LosesQuantize(const QuantizedValue& value) const {
  if (IsStored(value)) return true;
  if (!Dissolves(value) || values_.HasOtherReaders(value)) return false;
  return IsWeight(value) || !HasSite(value);
}

bool FreezePlan::HasFloatReader(VarId parameter) const {
  const auto readers = uses_.readers(parameter);
  return std::any_of(readers.begin(), readers.end(), [&](OpId op) {
    if (uses_.OnlyLists(op, parameter)) return false;
    const auto carrier = carriers_.find(op);
    if (carrier != carriers_.end()) return !LosesQuantize(*carrier->second);
    if (!IsQuantizationOp(index_.type(op))) return true;
    const QuantizedValue* value = values_.OfQuantize(op);
    return value == nullptr || !LosesQuantize(*value);
  });
}

}  // namespace pdquant
