#include "quantize/transpile/transpiler.h"

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/op_edits.h"
#include "paddle/control_ops.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {

size_t Transpiler::ValueKeyHash::operator()(const ValueKey& key) const {
  uint64_t hash = (static_cast<uint64_t>(key.var) << 32U | key.value) * 0x9E3779B97F4A7C15U;
  hash ^= (static_cast<uint64_t>(key.block) << 1U | (key.backward ? 1U : 0U)) * 0xC2B2AE3D27D4EB4FU;
  return static_cast<size_t>(hash ^ hash >> 29U);
}

Transpiler::Transpiler(const PassContext& context, const TranspileOptions& options, TranspileReport* report)
    : context_(context),
      options_(options),
      report_(report),
      index_(context.main->index),
      flow_(index_),
      parameters_(index_, context.startup != nullptr ? &context.startup->index : nullptr),
      values_(index_, flow_),
      forward_ops_(index_),
      maker_(context, options, report),
      lists_(index_, flow_),
      open_(index_, flow_),
      quantized_(index_.program().var_count()) {
  if (options.for_test) test_form_.emplace(index_, flow_);
}

void Transpiler::Run() {
  for (OpId op = 0; op < index_.program().op_count() && !report_->has_backward; ++op)
    report_->has_backward = IsBackward(op);
  const size_t blocks = index_.program().blocks().size();
  Walk(0);
  // Blocks that no op runs: recompute leaves some. What they read is rewired as far as it can be seen from there.
  for (uint32_t block = 1; block < blocks; ++block) {
    if (flow_.IsOrphan(block) && !test_form_) Walk(block);
  }
  Edits& edits = context_.main->edits;
  const auto kept = [&](OpId op) { return !test_form_ || test_form_->Keeps(op); };
  for (auto& [op, list_edits] : lists_.Finish(kept, context_.findings)) {
    std::vector<Edits::FieldEdit>& all = control_edits_[op];
    std::move(list_edits.begin(), list_edits.end(), std::back_inserter(all));
  }
  for (const auto& [op, op_edits] : control_edits_) edits.EditOp(op, op_edits);
  maker_.Finish();
  if (test_form_) test_form_->RemoveRest(&edits, report_);
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
  ClosePairs(open_.depth());
}

void Transpiler::Visit(uint32_t block, OpId op) {
  const std::string_view type = index_.type(op);
  if (const QuantizableOp* kind = FindQuantizable(type)) {
    if (!RefuseInUnknown(op)) QuantizeOperands(block, op, *kind);
  } else if (const QuantizableOp* gradient_of = FindQuantizableOfGradient(type)) {
    if (!RefuseInUnknown(op)) RewireGradient(block, op, *gradient_of);
  } else if (type == op_types::kCast && index_.inputs(op).size() == 1) {
    const VarId source = index_.Lookup(block, index_.inputs(op)[0].name);
    if (source != kNoVar && parameters_.IsParameter(source)) cast_value_[op] = values_.present(source);
  }
  FinishOp(op);
  values_.Run(block, op);
  open_.top().bodies = flow_.BodiesOf(op);
}

bool Transpiler::RefuseInUnknown(OpId op) {
  const OpId runner = open_.top().unknown_runner;
  if (runner == kNoOp) return false;
  context_.findings->Error("unknown-control-op", PlaceOfOp(index_, op),
                           "the op is in a block that " + ToString(PlaceOfOp(index_, runner)) +
                               " runs, an op whose blocks pdquant can't rewrite",
                           "quantizable ops are handled in while, conditional_block and recurrent");
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
      operands.push_back({argument.slot, argument.name, index_.Lookup(block, argument.name)});
    }
  }
  return operands;
}

void Transpiler::QuantizeOperands(uint32_t block, OpId op, const QuantizableOp& kind) {
  ForwardOp forward;
  forward.op = op;
  for (const Operand& operand : OperandsOf(block, op, kind)) {
    const auto pair = PairForReader(block, op, operand);
    if (!pair) continue;
    forward.pairs[*kind.OperandIn(index_.name(operand.slot))] = *pair;
    if (pairs_[*pair].var == operand.var) Rewire(op, operand, *pair, false);
  }
  forward_ops_.Add(block, kind, forward);
}

std::string Transpiler::WhyNotQuantized(VarId var) const {
  const auto [kind, tensor] = index_.program().var(var).kind_and_tensor();
  if (kind != proto::VarType::LOD_TENSOR || !tensor) return "it is no dense tensor";
  if (tensor->data_type == proto::VarType::FP32) return "";
  const std::string_view type = VarTypeName(tensor->data_type);
  return "its data type is " + (type.empty() ? std::to_string(tensor->data_type) : std::string(type)) + ", not FP32";
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

void Transpiler::Keep(OpId op, const Operand& operand, std::string why) {
  report_->kept.push_back({{op, operand.slot, operand.var}, std::move(why)});
}

std::optional<uint32_t> Transpiler::PairForReader(uint32_t block, OpId op, const Operand& operand) {
  if (RefuseUndeclared(op, operand)) return std::nullopt;
  const std::string why_not = WhyNotQuantized(operand.var);
  if (!why_not.empty()) {
    if (const auto pair = PairBehindCast(op, operand)) return pair;
    Keep(op, operand, why_not);
    return std::nullopt;
  }
  const bool is_weight = parameters_.IsParameter(operand.var);
  const uint32_t value = values_.present(operand.var);
  if (const auto pair = FindOpenPair(operand.var, value, IsBackward(op))) {
    NameInLists(*pair, block);
    return pair;
  }
  Position position = open_.PlaceFor(operand.var, is_weight);
  if (!is_weight && !values_.SurelyExists(operand.var, open_.LevelOf(position.block))) position = {block, op};
  const ScaleKind* scale_kind = is_weight ? options_.weight_quantize_type : options_.activation_quantize_type;
  if (InOrphan()) {
    if (const auto pair = FindPairAround(operand.var, value, block, IsBackward(op))) return pair;
    scale_kind = &DynamicScale();  // nothing would ever train another one
  }
  const char* why = "";
  if (!scale_kind->dynamic && open_.InBranch(position.block)) {
    why = "it stands in a branch: where that never runs in training, the scale keeps the value that it starts with";
  } else if (quantized_[operand.var]) {
    why = "its value is another than the one quantized before, or that one can't be seen from here";
  }
  const uint32_t pair = MakePair(operand, op, op, position, is_weight, *scale_kind, why);
  NameInLists(pair, block);
  return pair;
}

// Mixed precision: the op reads a parameter through a cast to another type. The parameter is quantized in front of the
// cast, unless something else reads the cast's result, too.
std::optional<uint32_t> Transpiler::PairBehindCast(OpId op, const Operand& operand) {
  const OpId cast = values_.writer(operand.var);
  const auto value = cast_value_.find(cast);
  if (cast == kNoOp || value == cast_value_.end()) return std::nullopt;
  if (const auto done = cast_pair_.find(cast); done != cast_pair_.end()) return done->second;
  const auto cast_block = static_cast<uint32_t>(index_.program().BlockOfOp(cast));
  const Argument input = index_.inputs(cast)[0];
  const Operand source = {input.slot, input.name, index_.Lookup(cast_block, input.name)};
  const bool unchanged = values_.present(source.var) == value->second;
  if (!WhyNotQuantized(source.var).empty() || !unchanged || HasFloatReader(operand.var)) return std::nullopt;
  auto pair = FindPair(source.var, value->second, cast_block, false);
  if (!pair || pairs_[*pair].request.before > cast) {
    pair = MakePair(source, op, cast, {cast_block, cast}, true, *options_.weight_quantize_type,
                    "the op reads the parameter through a cast");
  }
  const ArgumentReplacement replacement = {index_.name(input.slot), index_.name(input.name),
                                           pairs_[*pair].form.names.dequantized};
  std::vector<Edits::FieldEdit> edits;
  ReplaceInputs(index_.program().op(cast), {&replacement, 1}, &edits);
  context_.main->edits.EditOp(cast, edits);
  report_->rewires.push_back({{cast, source.slot, source.var}, *pair, false});
  cast_pair_[cast] = *pair;
  return pair;
}

bool Transpiler::HasFloatReader(VarId var) {
  const Program& program = index_.program();
  if (!float_read_) {
    float_read_.emplace(program.var_count());
    for (OpId op = 0; op < program.op_count(); ++op) {
      const std::string_view type = index_.type(op);
      if (FindQuantizable(type) != nullptr || FindQuantizableOfGradient(type) != nullptr ||
          FindControlOp(type) != nullptr)
        continue;
      for (const Argument& argument : index_.inputs(op)) {
        const VarId read = index_.Lookup(program.BlockOfOp(op), argument.name);
        if (read != kNoVar) (*float_read_)[read] = true;
      }
    }
  }
  return (*float_read_)[var];
}

std::optional<uint32_t> Transpiler::FindPair(VarId var, uint32_t value, uint32_t block, bool backward_reader) const {
  auto found = pair_of_value_.find({var, value, block, false});
  if (found == pair_of_value_.end() && backward_reader) found = pair_of_value_.find({var, value, block, true});
  if (found == pair_of_value_.end()) return std::nullopt;
  return found->second;
}

std::optional<uint32_t> Transpiler::FindOpenPair(VarId var, uint32_t value, bool backward_reader) const {
  const size_t outermost = open_.OutermostFor(var);
  if (const auto found = open_pairs_.find({var, value, kNoBlock, false}); found != open_pairs_.end()) {
    for (auto pair = found->second.rbegin(); pair != found->second.rend(); ++pair) {
      if (open_.IsOpenFrom(pairs_[*pair].request.block, outermost) && (backward_reader || !pairs_[*pair].backward))
        return *pair;
    }
  }
  return outermost == 0 ? FindPair(var, value, open_.root().block, backward_reader) : std::nullopt;
}

std::optional<uint32_t> Transpiler::FindPairAround(VarId var, uint32_t value, uint32_t block,
                                                   bool backward_reader) const {
  const Program& program = index_.program();
  for (int32_t b = program.block(block).parent; b >= 0; b = program.block(static_cast<size_t>(b)).parent) {
    if (const auto pair = FindPair(var, value, static_cast<uint32_t>(b), backward_reader)) return pair;
  }
  return std::nullopt;
}

void Transpiler::OpenPair(uint32_t pair) {
  const size_t level = open_.LevelOf(pairs_[pair].request.block);
  if (level == 0 || level == BlockStack::kClosed) return;
  open_pairs_[{pairs_[pair].var, pairs_[pair].value, kNoBlock, false}].push_back(pair);
  if (level >= pairs_of_level_.size()) pairs_of_level_.resize(level + 1);
  pairs_of_level_[level].push_back(pair);
}

void Transpiler::ClosePairs(size_t level) {
  if (level >= pairs_of_level_.size()) return;
  for (const uint32_t pair : pairs_of_level_[level]) {
    const auto found = open_pairs_.find({pairs_[pair].var, pairs_[pair].value, kNoBlock, false});
    if (found == open_pairs_.end()) continue;
    std::erase(found->second, pair);
    if (found->second.empty()) open_pairs_.erase(found);
  }
  pairs_of_level_[level].clear();
}

uint32_t Transpiler::MakePair(const Operand& operand, OpId op, OpId served, const Position& position, bool is_weight,
                              const ScaleKind& scale_kind, const char* why) {
  PairRequest request;
  request.source = operand.var;
  request.block = position.block;
  request.before = position.before;
  request.served = served;
  request.bits = is_weight ? options_.weight_bits : options_.activation_bits;
  request.scale_kind = &scale_kind;
  request.in_loop = flow_.body(position.block).in_loop;
  request.backward = IsBackward(served);
  const auto pair = static_cast<uint32_t>(pairs_.size());
  const uint32_t value = values_.present(operand.var);
  pairs_.push_back({operand.var, value, request.backward, request, maker_.Make(request)});
  pair_of_value_.try_emplace({operand.var, value, position.block, request.backward}, pair);
  OpenPair(pair);
  quantized_[operand.var] = true;
  report_->pairs.push_back({{op, operand.slot, operand.var},
                            position.before,
                            is_weight,
                            request.bits,
                            &scale_kind,
                            pairs_[pair].form.names,
                            why});
  if (position.before == op) {
    new_pairs_.push_back(pair);
  } else {
    maker_.Insert(request, pairs_[pair].form);
  }
  const std::vector<std::string> state =
      position.block == 0 ? std::vector<std::string>() : PairMaker::StateOf(pairs_[pair].form);
  if (!state.empty()) lists_.Name(state, 2 * pair + 1, 0, position.block);
  return pair;
}

void Transpiler::NameInLists(uint32_t pair, uint32_t reader_block) {
  const uint32_t block = pairs_[pair].request.block;
  if (block == reader_block) return;
  lists_.Name({&pairs_[pair].form.names.dequantized, 1}, 2 * pair, block, reader_block);
}

void Transpiler::Rewire(OpId op, const Operand& operand, uint32_t pair, bool gradient) {
  replacements_.push_back({operand.slot, operand.name, pair});
  report_->rewires.push_back({{op, operand.slot, operand.var}, pair, gradient});
}

void Transpiler::RewireGradient(uint32_t block, OpId op, const QuantizableOp& kind) {
  const ForwardOp* forward = forward_ops_.Find(block, op, kind);
  const bool orphan = InOrphan();
  if (forward == nullptr && !orphan) {
    context_.findings->Error("gradient-without-forward", PlaceOfOp(index_, op),
                             "no forward op has this gradient op's inputs, so whether they are quantized can't be told",
                             "transpile the program as append_backward left it, before other passes");
    return;
  }
  for (const Operand& operand : OperandsOf(block, op, kind)) {
    const uint32_t forward_pair =
        forward == nullptr ? kNoPair : forward->pairs[*kind.OperandIn(index_.name(operand.slot))];
    const auto pair = orphan ? PairForReader(block, op, operand) : PairForGradient(block, op, operand, forward_pair);
    if (pair && pairs_[*pair].var == operand.var) Rewire(op, operand, *pair, true);
  }
}

std::optional<uint32_t> Transpiler::PairForGradient(uint32_t block, OpId op, const Operand& operand,
                                                    uint32_t forward_pair) {
  if (forward_pair == kNoPair) {
    Keep(op, operand, "its forward op reads it in float");
    return std::nullopt;
  }
  const Pair& forward = pairs_[forward_pair];
  if (forward.var != operand.var) {  // the forward op reads it through a cast that reads the pair, and so does this op
    if (!WhyNotQuantized(operand.var).empty()) return std::nullopt;
  }
  const uint32_t value = values_.present(operand.var);
  const bool lasting = !open_.LoopOverwrites(operand.var);
  if (lasting && forward.var == operand.var && forward.value == value) return forward_pair;
  // Overwritten since. A pair of the present value may be shared where it surely ran before: in this block, or in its
  // forward block.
  if (const auto pair = FindPair(operand.var, value, block, true)) return pair;
  const int32_t forward_block = index_.program().block(block).forward;
  if (lasting && forward_block >= 0) {
    if (const auto pair = FindPair(operand.var, value, static_cast<uint32_t>(forward_block), true)) return pair;
  }
  return MakePair(operand, op, op, {block, op}, parameters_.IsParameter(operand.var), DynamicScale(),
                  "the variable was overwritten between the forward op and this one");
}

}  // namespace pdquant
