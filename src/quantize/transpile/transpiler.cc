#include "quantize/transpile/transpiler.h"

#include <iterator>
#include <utility>

#include "base/escape.h"
#include "check/made.h"
#include "check/rules.h"
#include "ir/edit/op_edits.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "quantize/selection.h"

namespace pdquant {

Transpiler::Transpiler(const PassContext& context, const TranspileOptions& options, TranspileReport* report)
    : context_(context),
      options_(options),
      report_(report),
      index_(context.main->index),
      flow_(index_),
      selection_(index_, context.startup != nullptr ? &context.startup->index : nullptr,
                 {options.weight_bits, &options.weight_scale()}, {options.activation_bits, &options.activation_scale()},
                 options.form, options.rules, options.scales),
      values_(index_, flow_),
      same_values_(index_, values_),
      casts_(index_, values_, selection_),
      forward_ops_(index_),
      maker_(context, options, report),
      lists_(index_, flow_),
      open_(index_, flow_),
      pairs_(index_, open_) {
  if (options.for_test) test_form_.emplace(index_, flow_);
}

void Transpiler::Run() {
  for (const SelectionRule& rule : selection_.rules()) report_->rules.push_back(rule.origin);
  for (OpId op = 0; op < index_.program().op_count() && !report_->has_backward; ++op)
    report_->has_backward = IsBackward(op);
  const size_t blocks = index_.program().blocks().size();
  Walk(0);
  // Blocks that no op runs: recompute leaves some. What they read is rewired as far as it can be seen from there.
  for (uint32_t block = 1; block < blocks; ++block) {
    if (flow_.IsOrphan(block) && !test_form_) Walk(block);
  }
  FinishControlOps();
  maker_.Finish();
  WarnOfUnmetRules(index_, selection_, context_.findings);
  if (!test_form_) return;
  test_form_->RemoveRest(&context_.main->edits, report_);
  CheckRemoved(index_, context_.main->edits,
               "what stays in the test form reads it: mark the variable persistable if it is a parameter",
               context_.findings);
}

// Control ops are edited last: what their bodies read is known then.
void Transpiler::FinishControlOps() {
  const auto kept = [&](OpId op) { return !test_form_ || test_form_->Keeps(op); };
  for (auto& [op, list_edits] : lists_.Finish(kept, context_.findings)) {
    std::vector<Edits::FieldEdit>& all = control_edits_[op];
    std::move(list_edits.begin(), list_edits.end(), std::back_inserter(all));
  }
  for (const auto& [op, op_edits] : control_edits_) context_.main->edits.EditOp(op, op_edits);
}

void Transpiler::Walk(uint32_t root) {
  const auto visit = [this](uint32_t block, OpId op) {
    if (!test_form_ || test_form_->Keeps(op)) Visit(block, op);
  };
  open_.Walk(
      root, [this](uint32_t block) { Enter(block); }, visit, [this] { Leave(); });
}

void Transpiler::Enter(uint32_t block) {
  open_.Enter(block);
  values_.Enter(block);
}

void Transpiler::Leave() {
  open_.Leave();
  values_.Leave();
  pairs_.Close(open_.depth());
}

void Transpiler::Visit(uint32_t block, OpId op) {
  if (const QuantizableOp* kind = selection_.OfForward(op)) {
    VisitForward(block, op, *kind);
  } else if (const QuantizableOp* gradient_of = selection_.OfGradient(op)) {
    VisitGradient(block, op, *gradient_of);
  }
  casts_.Visit(block, op);
  FinishOp(op);
  same_values_.Before(block, op);
  values_.Run(block, op);
  same_values_.Behind();
  open_.top().bodies = flow_.BodiesOf(op);
}

bool Transpiler::LeaveInUnknown(uint32_t block, OpId op, const QuantizableOp& kind) {
  const OpId runner = open_.top().unknown_runner;
  if (runner == kNoOp) return false;
  const std::string why = "it is in a block that " + ToString(PlaceOfOp(index_, runner)) +
                          " runs, an op whose blocks pdquant can't rewrite";
  context_.findings->Warning("unknown-control-op", PlaceOfOp(index_, op), "left in float: " + why,
                             "quantizable ops are handled in while, conditional_block and recurrent");
  for (const Operand& operand : OperandsOf(block, op, kind)) report_->kept.push_back({Describe(op, operand), why});
  report_->ops.push_back({op, false, false, why, report_->rules.empty() ? "" : report_->rules[0]});
  return true;
}

// Queues what the op's visit has gathered.
void Transpiler::FinishOp(OpId op) {
  for (auto pair = new_pairs_.rbegin(); pair != new_pairs_.rend(); ++pair)
    maker_.Insert(pairs_[*pair].request, pairs_[*pair].form);
  new_pairs_.clear();
  const OpView view = index_.program().op(op);
  if (!replacements_.empty()) {
    std::vector<ArgumentReplacement> named;
    for (const Replacement& r : replacements_) {
      named.push_back({index_.name(r.slot), index_.name(r.from), pairs_[r.pair].form.names.dequantized});
    }
    ReplaceInputs(view, named, &field_edits_);
    replacements_.clear();
  }
  if (test_form_ && test_form_->EditOp(op, &field_edits_)) ++report_->test_ops;
  if (field_edits_.empty()) return;
  if (flow_.BodiesOf(op).empty()) {
    context_.main->edits.EditOp(op, field_edits_);
  } else {
    control_edits_[op] = std::move(field_edits_);
  }
  field_edits_.clear();
}

bool Transpiler::IsBackward(OpId op) const { return PartOf(index_, op) == OpPart::kBackward; }

std::vector<Transpiler::Operand> Transpiler::OperandsOf(uint32_t block, OpId op, const QuantizableOp& kind) const {
  std::vector<Operand> operands;
  for (const QuantizableOperand& quantizable : kind.operands()) {
    const NameId slot = index_.names().Find(quantizable.slot);
    for (const Argument& argument : index_.inputs(op)) {
      if (argument.slot != slot || index_.name(argument.name) == kEmptyVariable) continue;
      operands.push_back({argument.slot, argument.name, index_.Lookup(block, argument.name), &quantizable});
    }
  }
  return operands;
}

ReportOperand Transpiler::Describe(OpId op, const Operand& operand) const {
  return DescribeOperand(index_, op, operand.slot, operand.name);
}

void Transpiler::VisitForward(uint32_t block, OpId op, const QuantizableOp& kind) {
  ForwardOp forward;
  forward.op = op;
  const OpChoice choice = selection_.ChooseOp(op, kind);
  forward.left = !choice.quantized;
  if (forward.left) {
    LeaveFloat(block, op, kind, choice);
  } else if (LeaveInUnknown(block, op, kind)) {
    forward.left = true;
  } else {
    QuantizeOperands(block, op, kind, choice, &forward);
  }
  forward_ops_.Add(block, kind, forward);
}

void Transpiler::LeaveFloat(uint32_t block, OpId op, const QuantizableOp& kind, const OpChoice& choice) {
  if (!kind.takes_weights() && !choice.asked_for) return;  // nobody expects it to be quantized
  ProductOperands seen;
  for (const Operand& operand : OperandsOf(block, op, kind)) {
    report_->kept.push_back({Describe(op, operand), choice.why, choice.rule});
    ++seen.all;
  }
  if (kind.takes_weights()) report_->CountProduct(index_.type(op), seen);
  report_->ops.push_back({op, false, choice.lacks_scale, choice.why, report_->rules[choice.rule]});
}

void Transpiler::QuantizeOperands(uint32_t block, OpId op, const QuantizableOp& kind, const OpChoice& choice,
                                  ForwardOp* forward) {
  ProductOperands seen;
  forward->first_operand = chosen_.size();
  for (const Operand& operand : OperandsOf(block, op, kind)) {
    const Chosen chosen = PairForReader(block, op, operand, choice);
    chosen_.push_back(chosen);
    ++seen.all;
    if (chosen.pair == kNoPair) continue;
    ++(report_->pairs[chosen.pair].is_weight ? seen.weights : seen.activations);
    if (pairs_[chosen.pair].var == operand.var) Rewire(op, operand, chosen, false);
  }
  forward->operand_count = chosen_.size() - forward->first_operand;
  if (kind.takes_weights()) {
    report_->CountProduct(index_.type(op), seen);
  } else if (seen.activations != 0) {
    ++report_->activation_ops[std::string(index_.type(op))];
  }
  const uint32_t rounded = seen.weights + seen.activations;
  NoteOp(op, choice, rounded, seen.all, forward->first_operand);
  if (options_.out_scales && rounded != 0) FollowOutput(block, op, kind);
}

// Why an op isn't rounded, or only a part of it, say the operands that were kept, which were noted last; of one that
// is, its weight may have something to say.
void Transpiler::NoteOp(OpId op, const OpChoice& choice, uint32_t rounded, uint32_t all, size_t first_operand) {
  TranspileReport::Op noted = {op, rounded == all && all != 0, false, {}, report_->rules[choice.rule]};
  if (!noted.quantized && !report_->kept.empty()) {
    const TranspileReport::Kept& kept = report_->kept.back();
    noted.why = "input " + Quote(kept.operand.slot) + " stays float: " + kept.why;
  } else if (noted.quantized) {
    for (size_t i = first_operand; i < chosen_.size() && noted.why.empty(); ++i) {
      const TranspileReport::Pair& pair = report_->pairs[chosen_[i].pair];
      if (pair.is_weight) noted.why = pair.why;
    }
  }
  report_->ops.push_back(std::move(noted));
}

// Recomputed copies are the backward's, and no runtime ever sees them.
void Transpiler::FollowOutput(uint32_t block, OpId op, const QuantizableOp& kind) {
  const VarId output = index_.OutputVar(op, kind.output);
  if (output == kNoVar || IsBackward(op) || InOrphan()) return;
  const auto tensor = index_.program().var(output).lod_tensor();
  if (!tensor || tensor->data_type != proto::VarType::FP32) return;
  if (options_.scales != nullptr) return SayOutScale(op, kind, output);
  const FormValue value = maker_.FollowOutput(output, op, flow_.body(block).in_loop);
  ++report_->out_scales;
  // Keys of pairs are their numbers, twice.
  if (block != 0) lists_.Name(PairMaker::StateOf(value), UINT32_MAX - followed_++, 0, block);
}

// A scale that is known needs no op that follows it.
void Transpiler::SayOutScale(OpId op, const QuantizableOp& kind, VarId output) {
  const auto scale = options_.scales->Find(index_.name(index_.var_name(output)));
  if (!scale) return;
  const OpView view = index_.program().op(op);
  SetAttr(view, attributes::kOutThreshold, *scale, &field_edits_);
  SetAttr(view, ThresholdOfOutput(kind.output), *scale, &field_edits_);
  ++report_->out_scales;
}

void Transpiler::Rewire(OpId op, const Operand& operand, const Chosen& chosen, bool gradient) {
  replacements_.push_back({operand.slot, operand.name, chosen.pair});
  report_->rewires.push_back({Describe(op, operand), chosen.pair, gradient, chosen.rule});
}

void Transpiler::VisitGradient(uint32_t block, OpId op, const QuantizableOp& kind) {
  // Of many activations it reads the result only.
  if (!kind.takes_weights() && OperandsOf(block, op, kind).empty()) return;
  const ForwardOp* forward = forward_ops_.Find(block, op, kind);
  const bool left = forward != nullptr ? forward->left : !selection_.ChooseOp(op, kind).quantized;
  if (!left && !LeaveInUnknown(block, op, kind)) RewireGradient(block, op, kind, forward);
}

void Transpiler::RewireGradient(uint32_t block, OpId op, const QuantizableOp& kind, const ForwardOp* forward) {
  const bool orphan = InOrphan();
  if (forward == nullptr && !orphan) {
    context_.findings->Error("gradient-without-forward", PlaceOfOp(index_, op),
                             "no forward op has this gradient op's inputs, so whether they are quantized can't be told",
                             "transpile the program as append_backward left it, before other passes");
    return;
  }
  // The choice costs something, and most gradient ops share what their forward op reads.
  std::optional<OpChoice> choice;
  const auto of_op = [&]() -> const OpChoice& {
    if (!choice) choice = selection_.ChooseOp(forward == nullptr ? op : forward->op, kind);
    return *choice;
  };
  size_t next = 0;
  bool rewired = false;
  for (const Operand& operand : OperandsOf(block, op, kind)) {
    const Chosen chosen = orphan ? PairForReader(block, op, operand, of_op())
                                 : PairForGradient(block, op, operand, ChosenBy(*forward, operand, &next), of_op);
    if (chosen.pair == kNoPair || pairs_[chosen.pair].var != operand.var) continue;
    Rewire(op, operand, chosen, true);
    rewired = true;
  }
  if (rewired) ++report_->gradient_ops[std::string(index_.type(op))];
}

// Both have their operands in the same order: the search goes on where it ended.
const Transpiler::Chosen* Transpiler::ChosenBy(const ForwardOp& forward, const Operand& operand, size_t* next) const {
  for (size_t i = 0; i < forward.operand_count; ++i) {
    const size_t at = (*next + i) % forward.operand_count;
    const Chosen& chosen = chosen_[forward.first_operand + at];
    if (chosen.slot != operand.slot || chosen.name != operand.name) continue;
    *next = at + 1;
    return &chosen;
  }
  return nullptr;
}

}  // namespace pdquant
