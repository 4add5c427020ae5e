#include "quantize/transpile/transpiler.h"

#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/op_edits.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/tensor_ops.h"
#include "quantize/unmet_rules.h"

namespace pdquant {

Transpiler::Transpiler(const PassContext& context, const TranspileOptions& options, TranspileReport* report)
    : context_(context),
      options_(options),
      report_(report),
      index_(context.main->index),
      flow_(index_),
      selection_(index_, context.startup != nullptr ? &context.startup->index : nullptr,
                 {options.weight_bits, &options.weight_scale()}, {options.activation_bits, &options.activation_scale()},
                 options.form, options.rules),
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
  if (test_form_) test_form_->RemoveRest(&context_.main->edits, report_);
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
  Enter(root);
  while (!open_.empty()) {
    BlockStack::Level& level = open_.top();
    const Block& block = index_.program().block(level.block);
    if (!level.bodies.empty()) {
      const uint32_t body = level.bodies.front();
      level.bodies = level.bodies.subspan(1);
      Enter(body);
    } else if (level.next == block.first_op + block.op_count) {
      Leave();
    } else {
      level.current = level.next++;
      if (!test_form_ || test_form_->Keeps(level.current)) Visit(level.block, level.current);
    }
  }
}

void Transpiler::Enter(uint32_t block) {
  open_.Enter(block);
  values_.Enter();
}

void Transpiler::Leave() {
  open_.Leave();
  values_.Leave(open_.empty() ? kNoBlock : open_.top().block);
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
    report_->CountActivationOp(index_.type(op));
  }
  if (options_.out_scales && seen.weights + seen.activations != 0) FollowOutput(block, op, kind);
}

// Recomputed copies are the backward's, and no runtime ever sees them.
void Transpiler::FollowOutput(uint32_t block, OpId op, const QuantizableOp& kind) {
  const VarId output = index_.OutputVar(op, kind.output);
  if (output == kNoVar || IsBackward(op) || InOrphan()) return;
  const auto tensor = index_.program().var(output).lod_tensor();
  if (!tensor || tensor->data_type != proto::VarType::FP32) return;
  const FormValue value = maker_.FollowOutput(output, op, flow_.body(block).in_loop);
  ++report_->out_scales;
  // Keys of pairs are their numbers, twice.
  if (block != 0) lists_.Name(PairMaker::StateOf(value), UINT32_MAX - followed_++, 0, block);
}

// Gradients that recurrent_grad links at run time are declared nowhere.
bool Transpiler::RefuseUndeclared(OpId op, const Operand& operand) {
  if (operand.var != kNoVar) return false;
  Place place = PlaceOfOp(index_, op);
  place.part = "input " + Quote(index_.name(operand.slot));
  place.variable = index_.name(operand.name);
  context_.findings->Error("undeclared-operand", place, "no block declares the variable, so its type isn't known",
                           "declare it in the op's block");
  return true;
}

void Transpiler::Keep(OpId op, const Operand& operand, const OperandChoice& choice) {
  report_->kept.push_back({Describe(op, operand), choice.why, choice.rule});
  if (!choice.doubtful) return;
  Place place = PlaceOfOp(index_, op);
  place.part = "input " + Quote(index_.name(operand.slot));
  place.variable = index_.name(operand.name);
  context_.findings->Warning("unknown-type", place, "left in float: " + choice.why,
                             "give the startup program, or declare the variable with its type");
}

std::vector<uint32_t> Transpiler::NumbersFor(OpId reader, const Operand& operand) const {
  const SameValue value = same_values_.Of(operand.var);
  std::vector<uint32_t> numbers = {value.number};
  if (value.flat != value.number && FlattensBehindFirst(index_, reader, index_.name(operand.slot)))
    numbers.push_back(value.flat);
  return numbers;
}

Transpiler::Chosen Transpiler::PairForReader(uint32_t block, OpId op, const Operand& operand, const OpChoice& of_op) {
  Chosen chosen = {operand.slot, operand.name};
  if (RefuseUndeclared(op, operand)) return chosen;
  OperandChoice choice = selection_.Choose(op, of_op, operand.var, *operand.row);
  chosen.rule = choice.rule;
  if (choice.quantized) {
    chosen.pair = SharedPair(block, op, operand, &choice);
    if (chosen.pair == kNoPair) chosen.pair = NewPair(block, op, operand, std::move(choice));
  } else if (const auto pair = PairBehindCast(operand, op, of_op)) {
    chosen.pair = *pair;
  } else {
    Keep(op, operand, choice);
  }
  return chosen;
}

// In a block that nothing runs, nothing would ever train the scale of a pair: there, the choice becomes one that needs
// no training.
uint32_t Transpiler::SharedPair(uint32_t block, OpId op, const Operand& operand, OperandChoice* choice) {
  const bool backward = IsBackward(op);
  const std::vector<uint32_t> numbers = NumbersFor(op, operand);
  // What the backward quantized where nothing would train a scale serves those that come behind, too.
  OperandChoice of_step = *choice;
  TakeScaleOfStep(&of_step);
  const std::array<Rounding, 2> roundings = {RoundingOf(*choice), RoundingOf(of_step)};
  for (const Rounding& rounding : std::span(roundings).first(backward || InOrphan() ? 2 : 1)) {
    for (const uint32_t number : numbers) {
      const auto pair = pairs_.FindOpen(operand.var, number, rounding, backward);
      if (!pair) continue;
      NameInLists(*pair, block);
      return *pair;
    }
  }
  if (!InOrphan()) return kNoPair;
  *choice = of_step;
  for (const Rounding& rounding : roundings) {
    for (const uint32_t number : numbers) {
      if (const auto pair = pairs_.FindAround(operand.var, number, rounding, block, backward)) return *pair;
    }
  }
  return kNoPair;
}

uint32_t Transpiler::NewPair(uint32_t block, OpId op, const Operand& operand, OperandChoice choice) {
  const bool stored = choice.is_weight && index_.persistable(operand.var);
  Position position = open_.PlaceFor(operand.var, stored);
  if (!stored && !values_.SurelyExists(operand.var, open_.LevelOf(position.block))) position = {block, op};
  if (!choice.scale_kind->dynamic && open_.InBranch(position.block)) {
    choice.why =
        "it stands in a branch: where that never runs in training, the scale keeps the value that it starts with";
  } else if (pairs_.Has(operand.var)) {
    choice.why =
        "its value is another than the one quantized before, or is rounded otherwise, or that pair can't be seen "
        "from here";
  }
  const uint32_t pair = MakePair(operand, op, op, position, choice);
  NameInLists(pair, block);
  return pair;
}

// The pair stands in front of the cast and takes its role; the operand is the reader's, of the variable that is cast.
std::optional<uint32_t> Transpiler::PairBehindCast(const Operand& operand, OpId reader, const OpChoice& of_op) {
  if (const auto done = casts_.PairOf(values_.writer(operand.var))) return done;
  const auto is_quantizable = [&](VarId var) { return selection_.Choose(reader, of_op, var, *operand.row).quantized; };
  const auto source = casts_.Behind(operand.var, is_quantizable);
  if (!source) return std::nullopt;
  if (const auto done = casts_.PairOf(source->cast)) return done;
  OperandChoice choice = selection_.Choose(reader, of_op, source->var, *operand.row, source->path);
  if (InOrphan()) TakeScaleOfStep(&choice);
  const Operand read = {source->slot, source->name, source->var, operand.row};
  auto pair = pairs_.Find(read.var, same_values_.Of(read.var).number, RoundingOf(choice), source->block, false);
  if (!pair || pairs_[*pair].request.before > source->cast) {
    choice.why = choice.is_weight ? "the op reads the parameter through a cast" : "the op reads it through a cast";
    pair = MakePair({operand.slot, read.name, read.var, operand.row}, reader, source->cast,
                    {source->block, source->cast}, choice);
  }
  const ArgumentReplacement replacement = {index_.name(read.slot), index_.name(read.name),
                                           pairs_[*pair].form.names.dequantized};
  std::vector<Edits::FieldEdit> edits;
  ReplaceInputs(index_.program().op(source->cast), {&replacement, 1}, &edits);
  context_.main->edits.EditOp(source->cast, edits);
  report_->rewires.push_back({Describe(source->cast, read), *pair, false, choice.rule});
  for (const OpId op : source->path) casts_.SetPair(op, *pair);
  return pair;
}

// A weight keeps a scale that is the largest value of the step.
void Transpiler::TakeScaleOfStep(OperandChoice* choice) const {
  if (!choice->scale_kind->of_step) choice->scale_kind = &DynamicScale(options_.form);
}

uint32_t Transpiler::MakePair(const Operand& operand, OpId op, OpId served, const Position& position,
                              const OperandChoice& choice) {
  PairRequest request;
  request.source = operand.var;
  request.block = position.block;
  request.before = position.before;
  request.served = served;
  request.bits = choice.bits;
  request.scale_kind = choice.scale_kind;
  request.axis = choice.axis;
  request.channels = choice.channels;
  request.in_loop = flow_.body(position.block).in_loop;
  request.backward = IsBackward(served);
  const uint32_t pair = pairs_.Add({operand.var, same_values_.Of(operand.var), request, maker_.Make(request)});
  const FormValue& form = pairs_[pair].form;
  report_->pairs.push_back({Describe(op, operand), PlaceOfOp(index_, position.before).op, choice.is_weight, choice.bits,
                            choice.scale_kind, form.names, choice.why, choice.rule});
  if (position.before == op) {
    new_pairs_.push_back(pair);
  } else {
    maker_.Insert(request, form);
  }
  if (position.block != 0 && !InOrphan()) {
    const std::vector<std::string> state = PairMaker::StateOf(form);
    if (!state.empty()) lists_.Name(state, 2 * pair + 1, 0, position.block);
  }
  return pair;
}

void Transpiler::NameInLists(uint32_t pair, uint32_t reader_block) {
  const uint32_t block = pairs_[pair].request.block;
  if (block == reader_block) return;
  lists_.Name({&pairs_[pair].form.names.dequantized, 1}, 2 * pair, block, reader_block);
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
  if (rewired) report_->CountGradient(index_.type(op));
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

Transpiler::Chosen Transpiler::PairForGradient(uint32_t block, OpId op, const Operand& operand,
                                               const Chosen* by_forward,
                                               const std::function<const OpChoice&()>& of_op) {
  Chosen chosen = {operand.slot, operand.name};
  if (by_forward != nullptr) chosen.rule = by_forward->rule;
  if (by_forward == nullptr || by_forward->pair == kNoPair) {
    report_->kept.push_back({Describe(op, operand), "its forward op reads it in float", chosen.rule});
    return chosen;
  }
  const Pair& forward = pairs_[by_forward->pair];
  const std::vector<uint32_t> numbers = NumbersFor(op, operand);
  const bool lasting = !open_.LoopOverwrites(operand.var);
  for (const uint32_t number : numbers) {
    if (!lasting || forward.var != operand.var) break;
    if (forward.value.number != number && forward.value.flat != number) continue;
    chosen.pair = by_forward->pair;
    return chosen;
  }
  OperandChoice choice = selection_.Choose(op, of_op(), operand.var, *operand.row);
  // Where the forward op reads it through a cast that reads the pair, so does this op.
  if (!choice.quantized) return chosen;
  // Overwritten since. A pair of the present value may be shared where it surely ran before: in this block, or in its
  // forward block.
  const int32_t forward_block = index_.program().block(block).forward;
  const OperandChoice wanted = choice;
  TakeScaleOfStep(&choice);
  for (const Rounding& rounding : {RoundingOf(wanted), RoundingOf(choice)}) {
    for (const uint32_t number : numbers) {
      auto pair = pairs_.Find(operand.var, number, rounding, block, true);
      if (!pair && lasting && forward_block >= 0)
        pair = pairs_.Find(operand.var, number, rounding, static_cast<uint32_t>(forward_block), true);
      if (!pair) continue;
      chosen.pair = *pair;
      return chosen;
    }
  }
  choice.why = "the variable was overwritten between the forward op and this one";
  chosen.pair = MakePair(operand, op, op, {block, op}, choice);
  return chosen;
}

}  // namespace pdquant
