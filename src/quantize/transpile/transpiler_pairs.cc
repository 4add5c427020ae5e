// Which pair an op reads in the place of an operand: one that is there already, or a new one. The walk that asks is in
// transpiler.cc.
#include <array>
#include <span>
#include <utility>

#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/op_edits.h"
#include "paddle/tensor_ops.h"
#include "quantize/transpile/transpiler.h"

namespace pdquant {

Place Transpiler::PlaceOf(OpId op, const Operand& operand) const {
  return PlaceOfOp(index_, op, "input " + Quote(index_.name(operand.slot)), index_.name(operand.name));
}

// Gradients that recurrent_grad links at run time are declared nowhere.
bool Transpiler::RefuseUndeclared(OpId op, const Operand& operand) {
  if (operand.var != kNoVar) return false;
  context_.findings->Error("undeclared-operand", PlaceOf(op, operand),
                           "no block declares the variable, so its type isn't known", "declare it in the op's block");
  return true;
}

void Transpiler::Keep(OpId op, const Operand& operand, const OperandChoice& choice) {
  report_->kept.push_back({Describe(op, operand), choice.why, choice.rule});
  if (!choice.doubtful) return;
  context_.findings->Warning("unknown-type", PlaceOf(op, operand), "left in float: " + choice.why,
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
  if (!choice.scale_kind->dynamic && options_.scales == nullptr && open_.InBranch(position.block)) {
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
                            choice.scale_kind, choice.axis, form.names, choice.why, choice.rule});
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
