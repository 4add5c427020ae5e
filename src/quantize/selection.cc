#include "quantize/selection.h"

#include <algorithm>

#include "base/escape.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"
#include "paddle/tensor_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
OpSelection::OpSelection(const Index& main, const Index* startup, const OperandSettings& weights,
                         const OperandSettings& activations, QuantizationForm form, const SelectionRules& rules,
                         const ScalesFile* scales)
    : main_(main),
      weights_(weights),
      activations_(activations),
      form_(form),
      rules_(rules),
      scales_(scales),
      parameters_(main, startup),
      types_(main, startup),
      variables_(rules, &SelectionRule::variable),
      scopes_(rules, &SelectionRule::scope),
      met_(rules.size()) {}

const OpSelection::Rows& OpSelection::RowsOf(OpId op) const {
  const auto [entry, is_new] = rows_.try_emplace(main_.op(op).type);
  if (is_new) {
    const std::string_view type = main_.type(op);
    Rows rows = {FindQuantizable(type), FindQuantizableOfGradient(type)};
    if (rows.forward == nullptr) rows.forward = AskedFor(FindActivationOp(type));
    if (rows.gradient == nullptr) rows.gradient = AskedFor(FindActivationOp(ForwardTypeOf(type)));
    entry.value() = rows;
  }
  return entry->second;
}

const QuantizableOp* OpSelection::OfForward(OpId op) const {
  const QuantizableOp* row = RowsOf(op).forward;
  return row == nullptr || row->takes_weights() || ComputesForward(op) ? row : nullptr;
}

// Gradients of scale or assign are computed by ops of the same type, and elementwise ops decay weights: none of that is
// rounded. What recompute computes again belongs to the backward, and writes no gradients.
bool OpSelection::ComputesForward(OpId op) const {
  const OpPart part = PartOf(main_, op);
  if (part != OpPart::kBackward) return part == OpPart::kForward;
  const auto outputs = main_.outputs(op);
  return std::none_of(outputs.begin(), outputs.end(),
                      [&](const Argument& argument) { return IsGradientName(main_.name(argument.name)); });
}

const QuantizableOp* OpSelection::AskedFor(const QuantizableOp* row) const {
  return row != nullptr && MayAskFor(*row) ? row : nullptr;
}

bool OpSelection::MayAskFor(const QuantizableOp& row) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const SelectionRule& rule) {
    if (rule.request == RuleRequest::kByGroup) return row.group != OpGroup::kOnRequest;
    return rule.request == RuleRequest::kTypes && rule.IsOfType(row);
  });
}

const std::vector<uint32_t>& OpSelection::RulesOf(const QuantizableOp& row) const {
  const auto [entry, is_new] = rules_of_.try_emplace(&row);
  if (is_new) {
    for (uint32_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].IsOfType(row)) entry.value().push_back(i);
    }
  }
  return entry->second;
}

bool OpSelection::IsProduct(OpFacts* op) const {
  if (!op->row.takes_weights()) return false;
  if (!op->has_weight) {
    const auto inputs = main_.inputs(op->op);
    op->has_weight = std::any_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
      const VarId var = main_.Lookup(op->block, argument.name);
      return var != kNoVar && op->row.OperandIn(main_.name(argument.slot)) && parameters_.IsParameter(var);
    });
  }
  return !*op->has_weight;
}

// Paddle's passes look for the mark in the path of the op's name scope, and leave it as an attribute.
bool OpSelection::IsMarked(OpFacts* op) const {
  if (!has_marks_) has_marks_ = main_.program().bytes().find(kSkipMark) != std::string_view::npos;
  if (!*has_marks_) return false;
  if (!op->is_marked) {
    const OpView view = main_.program().op(op->op);
    const auto scope = view.attr(attributes::kOpNamescope);
    op->is_marked = view.BoolOr(kSkipMark, false) ||
                    (scope && scope->AsString().value_or("").find(kSkipMark) != std::string_view::npos);
  }
  return *op->is_marked;
}

bool OpSelection::HasScope(uint32_t rule, OpId op) const {
  const auto scope = main_.program().op(op).attr(attributes::kOpNamescope);
  return scopes_.Of(scope ? scope->AsString().value_or("") : "")[rule];
}

bool OpSelection::HasOperand(uint32_t rule, const OpFacts& op) const {
  const auto inputs = main_.inputs(op.op);
  return std::any_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
    if (!op.row.OperandIn(main_.name(argument.slot))) return false;
    const VarId var = main_.Lookup(op.block, argument.name);
    return var == kNoVar ? static_cast<bool>(variables_.Of(main_.name(argument.name))[rule]) : IsNamed(rule, var);
  });
}

bool OpSelection::IsNamed(uint32_t rule, VarId var) const {
  if (variables_.Of(main_.name(main_.var_name(var)))[rule]) return true;
  const VarId root = parameters_.RootOf(var);
  return root != kNoVar && root != var && variables_.Of(main_.name(main_.var_name(root)))[rule];
}

// Its types are those of the op.
bool OpSelection::IsAbout(uint32_t number, OpFacts* op) const {
  const SelectionRule& rule = rules_[number];
  if (rule.block && *rule.block != static_cast<int32_t>(op->block)) return false;
  if (rule.op && *rule.op != op->op - main_.program().block(op->block).first_op) return false;
  if (!rule.ops.empty() && !std::binary_search(rule.ops.begin(), rule.ops.end(), op->op)) return false;
  if (rule.marked && !IsMarked(op)) return false;
  if (rule.scope && !HasScope(number, op->op)) return false;
  if (rule.variable && !HasOperand(number, *op)) return false;
  return !rule.products || IsProduct(op);
}

bool OpSelection::AsksFor(const SelectionRule& rule, bool type_asked_for, OpFacts* op) const {
  switch (rule.request) {
    case RuleRequest::kNone:
      return false;
    case RuleRequest::kByGroup:
      return op->row.group == OpGroup::kReference || (op->row.group == OpGroup::kDefault && !IsProduct(op));
    case RuleRequest::kTypes:
      return rule.products || rule.op || !IsProduct(op);
    case RuleRequest::kProducts:
      return type_asked_for;
  }
  return false;
}

OpChoice OpSelection::ChooseOp(OpId op, const QuantizableOp& row) const {
  OpFacts facts = {op, row, main_.program().BlockOfOp(op)};
  OpChoice choice;
  bool type_asked_for = false;
  bool asked_for = false;
  const SelectionRule* keeper = nullptr;  // the rule that keeps the op in float
  for (const uint32_t number : RulesOf(row)) {
    const SelectionRule& rule = rules_[number];
    if (!IsAbout(number, &facts)) continue;
    met_[number] = true;
    if (rule.keep_float) {
      keeper = &rule;
      choice.rule = number;
      continue;
    }
    const bool asks = AsksFor(rule, type_asked_for, &facts);
    type_asked_for |= asks || (rule.request == RuleRequest::kTypes) ||
                      (rule.request == RuleRequest::kByGroup && row.group != OpGroup::kOnRequest);
    if (keeper != nullptr || (asks && !asked_for)) choice.rule = number;
    asked_for |= asks;
    keeper = nullptr;
    if (rule.has_settings()) choice.settings.push_back(number);
  }
  choice.asked_for = asked_for;
  choice.quantized = asked_for && keeper == nullptr;
  if (keeper != nullptr) {
    choice.why = keeper->why_float;
  } else if (!asked_for && type_asked_for) {
    choice.why = "it is a product of two activations, which --products quantizes";
  } else if (!asked_for) {
    choice.why = "its type isn't quantized unless a rule or --op-type names it";
  }
  if (choice.quantized && scales_ != nullptr) RequireScales(facts, &choice);
  return choice;
}

// A branch or a loop that no batch came to has scales of 0. Elsewhere 0 is a scale to answer for.
bool OpSelection::LacksScale(OpId op, VarId var) const {
  if (scales_ == nullptr) return false;
  const auto scale = scales_->Find(main_.name(main_.var_name(var)));
  return !scale || (*scale == 0 && main_.program().BlockOfOp(op) != 0);
}

// An op of which only a part would be rounded gains nothing: it stays float as a whole.
void OpSelection::RequireScales(const OpFacts& op, OpChoice* choice) const {
  for (const Argument& argument : main_.inputs(op.op)) {
    const auto operand = op.row.OperandIn(main_.name(argument.slot));
    const VarId var = operand ? main_.Lookup(op.block, argument.name) : kNoVar;
    OperandChoice of_operand;
    if (var == kNoVar || IsRounded(op.op, var, op.row.operands()[*operand], &of_operand)) continue;
    // Integers times a weight that can't be rounded would be no product of integers.
    if (op.row.takes_weights() && op.row.operands()[*operand].use != OperandUse::kActivation &&
        parameters_.IsParameter(var)) {
      choice->quantized = false;
      choice->why = "its weight " + Quote(main_.name(argument.name)) + " stays float: " + of_operand.why;
      return;
    }
    if (!of_operand.lacks_scale) continue;
    choice->quantized = false;
    choice->lacks_scale = true;
    choice->why = "no scale is given for its activation " + Quote(main_.name(argument.name));
    return;
  }
}

void OpSelection::ApplySettings(const OpChoice& op, VarId var, VarId read, OperandChoice* choice) const {
  for (const uint32_t number : op.settings) {
    const SelectionRule& rule = rules_[number];
    const int32_t bits = choice->is_weight ? rule.weight_bits : rule.activation_bits;
    const ScaleKind* kind = choice->is_weight ? rule.weight_quantize_type : rule.activation_quantize_type;
    if (bits == 0 && kind == nullptr) continue;
    if (rule.variable && !IsNamed(number, var) && !IsNamed(number, read)) continue;
    if (bits != 0) choice->bits = bits;
    if (kind != nullptr) choice->scale_kind = FindScaleKind(kind->word, form_);
    choice->rule = std::max(choice->rule, number);
  }
}

// A scale with channels becomes one of the whole tensor where the op's channels don't lie along an axis of the weight.
void OpSelection::ChooseAxis(OpId op, VarId var, const QuantizableOperand& operand, std::span<const OpId> path,
                             OperandChoice* choice) const {
  if (!choice->scale_kind->per_channel()) return;
  const VarId read = path.empty() ? var : main_.OutputVar(path.front(), slots::kOut);
  std::optional<int32_t> axis = ChannelAxis(operand, main_.program().op(op), main_.DimsOf(read).size());
  for (size_t i = 0; i < path.size() && axis; ++i) axis = AxisBefore(main_, path[i], *axis);
  const std::vector<int64_t> dims = main_.DimsOf(var);
  // The ops know the first two axes.
  const bool known = axis && *axis < 2 && static_cast<size_t>(*axis) < dims.size();
  // A weight without elements may claim any number of channels.
  const bool empty = std::find(dims.begin(), dims.end(), 0) != dims.end();
  const int64_t channels = known && !empty ? dims[static_cast<size_t>(*axis)] : 0;
  // What has given scales is going to be frozen.
  const bool is_made = scales_ != nullptr && path.empty() && parameters_.KindOf(var) == Parameters::Kind::kDerived;
  if (channels > 0 && (!is_made || StoredAxis(var) == *axis)) {
    choice->axis = *axis;
    choice->channels = channels;
    return;
  }
  choice->scale_kind = &DynamicScale(form_);
  choice->why = "one scale for the whole weight: ";
  choice->why += empty          ? "it has no elements"
                 : channels > 0 ? "the parameter that it is made of can't be stored with one for each channel"
                                : "its channels don't lie along an axis that the ops know";
}

// Where the channels of what a quantized product reads as that variable, and nothing else, lie.
std::optional<int32_t> OpSelection::ChannelsOfReader(OpId reader, VarId var) const {
  const QuantizableOp* row = OfForward(reader);
  if (row == nullptr || !row->takes_weights()) return std::nullopt;
  std::optional<int32_t> axis;
  for (const QuantizableOperand& operand : row->operands()) {
    if (main_.InputVar(reader, operand.slot) == var)
      axis = ChannelAxis(operand, main_.program().op(reader), main_.DimsOf(var).size());
  }
  return axis && ChooseOp(reader, *row).quantized ? axis : std::nullopt;
}

// Freezing makes integers of a parameter that ops make a weight of where one value is rounded of it, and nothing else
// reads what is between (FreezePlan). With a scale for each channel, that has to be an axis of the parameter.
int32_t OpSelection::StoredAxis(VarId var) const {
  const auto [entry, is_new] = stored_axes_.try_emplace(var, kWholeTensor);
  if (!is_new) return entry->second;
  if (!uses_) uses_.emplace(main_);
  std::optional<int32_t> common;
  for (const OpId reader : uses_->readers(var)) {
    const std::optional<int32_t> axis = ChannelsOfReader(reader, var);
    if (!axis || axis != common.value_or(*axis)) return kWholeTensor;
    common = axis;
  }
  std::optional<int32_t> axis = common;
  for (VarId made = var; made != kNoVar && !main_.persistable(made);) {
    const auto writers = uses_->writers(made);
    if (writers.size() != 1 || (made != var && uses_->readers(made).size() != 1)) return kWholeTensor;
    axis = axis ? AxisBefore(main_, writers[0], *axis) : std::nullopt;
    if (!axis || *axis > 1) return kWholeTensor;
    made = main_.InputVar(writers[0], slots::kX);
  }
  entry.value() = *common;
  return *common;
}

// Says why not, too.
bool OpSelection::IsRounded(OpId op, VarId var, const QuantizableOperand& operand, OperandChoice* of_operand) const {
  const OperandUse use = operand.use;
  OperandChoice& choice = *of_operand;
  const VarView::KindAndTensor type_of_var = main_.program().var(var).kind_and_tensor();
  const std::optional<TensorType>& tensor = type_of_var.tensor;
  if (type_of_var.kind != proto::VarType::LOD_TENSOR) {
    choice.why = "it is no dense tensor";
    return false;
  }
  int32_t type = ValueTypes::Declared(tensor);
  if (type == kUnknownType) type = types_.TypeOf(var);
  if (type == kUnknownType) {
    choice.doubtful = true;
    choice.why =
        "its type can't be told: its declaration says BOOL or nothing, which it can't be, and nothing else says what "
        "it is";
    return false;
  }
  if (type != proto::VarType::FP32) {
    const std::string_view name = VarTypeName(type);
    choice.why = "its data type is " + (name.empty() ? std::to_string(type) : std::string(name)) + ", not FP32";
    return false;
  }
  const Parameters::Kind kind = parameters_.KindOf(var);
  const OperandUse excluded = kind == Parameters::Kind::kNone ? OperandUse::kWeight : OperandUse::kActivation;
  if (use == excluded) {
    choice.why = use == OperandUse::kWeight ? "it is no weight" : "it is a weight";
    return false;
  }
  choice.is_weight = kind != Parameters::Kind::kNone;
  choice.lacks_scale = !choice.is_weight && LacksScale(op, var);
  if (choice.lacks_scale) {
    choice.why = "no scale is given for it";
    return false;
  }
  choice.quantized = true;
  return true;
}

OperandChoice OpSelection::Choose(OpId op, const OpChoice& of_op, VarId var, const QuantizableOperand& operand,
                                  std::span<const OpId> path) const {
  OperandChoice choice;
  choice.rule = of_op.rule;
  if (!IsRounded(op, var, operand, &choice)) return choice;
  const OperandSettings& settings = choice.is_weight ? weights_ : activations_;
  choice.bits = settings.bits;
  choice.scale_kind = settings.scale_kind;
  ApplySettings(of_op, var, path.empty() ? var : main_.OutputVar(path.front(), slots::kOut), &choice);
  if (parameters_.KindOf(var) == Parameters::Kind::kConstant)
    choice.why = "nothing writes or feeds it: it is a weight, which the QuantizeTranspiler takes for an activation";
  ChooseAxis(op, var, operand, path, &choice);
  return choice;
}

}  // namespace pdquant
