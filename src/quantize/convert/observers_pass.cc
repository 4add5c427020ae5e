#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "analysis/block_stack.h"
#include "analysis/control_flow.h"
#include "check/rules.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "paddle/quantization_ops.h"
#include "quantize/convert/convert_passes.h"
#include "quantize/freeze/frozen_products.h"
#include "quantize/freeze/out_scales.h"
#include "quantize/pass_run.h"

namespace pdquant {

class DissolveObserversPass::Rewriter : private PassRun<DissolveObserversPass> {
 public:
  Rewriter(const PassContext& context, DissolveObserversPass* pass)
      : PassRun(context, pass),
        flow_(index_),
        open_(index_, flow_),
        integers_of_(index_.program().var_count(), kNoVar),
        same_as_(index_.program().var_count(), kNoVar),
        made_in_(index_.program().var_count()),
        carried_(index_.program().var_count()) {}

  bool Run() {
    for (uint32_t block = 0; block < index_.program().blocks().size(); ++block) {
      if (block == 0 || flow_.IsOrphan(block)) Walk(block);
    }
    if (removed_.empty() || context_.findings->has_errors()) return !context_.findings->has_errors();
    CleanLists();
    for (const OpId op : removed_) RemoveOp(op);
    rewrites_.Queue(&context_.main->edits);
    return true;
  }

 private:
  // What a variable has that an observer wrote, where the value of which it was made is no more what it was then, or
  // where the observer may not have run.
  static constexpr VarId kLost = kNoVar - 1;

  // What is known of a variable: an entry of integers_of_ or of same_as_.
  struct State {
    std::vector<VarId>* values = nullptr;
    VarId var = kNoVar;

    VarId& value() const { return (*values)[var]; }
  };

  struct Level {
    uint32_t block;
    size_t changed;  // the size of the list of that name when the block was entered
    size_t loop;     // the innermost level, from this one outwards, that a loop runs; 0 for none
  };

  // In the order in which the program runs: a body at the op that runs it.
  void Walk(uint32_t root) {
    const auto enter = [&](uint32_t block) {
      open_.Enter(block);
      const ControlOp* control = flow_.body(block).control;
      const bool loop = !levels_.empty() && (control == nullptr || control->loop);
      levels_.push_back({block, changed_.size(), loop ? levels_.size() : levels_.empty() ? 0 : levels_.back().loop});
    };
    const auto visit = [&](uint32_t, OpId op) {
      const QuantizationOp* kind = FindQuantizationOp(index_.type(op));
      open_.top().bodies = flow_.BodiesOf(op);
      if (kind != nullptr && index_.program().op(op).BoolOr(attributes::kOnlyObserver, false)) {
        Dissolve(op, *kind);
      } else {
        Read(op);
        if (open_.top().bodies.empty()) Write(op, false);
      }
    };
    const auto leave = [&] {
      // The body may not have run; of its own variables its gradient block has those of each step.
      for (size_t i = levels_.back().changed; i < changed_.size(); ++i) {
        if (index_.program().BlockOfVar(changed_[i].var) != levels_.back().block) changed_[i].value() = kLost;
      }
      changed_.resize(levels_.back().changed);
      levels_.pop_back();
      open_.Leave();
      if (!open_.empty() && open_.top().bodies.empty()) Write(open_.top().current, true);
    };
    open_.Walk(root, enter, visit, leave);
  }

  // What a variable is, where an observer passed it on.
  VarId Original(VarId var) const { return same_as_[var] == kNoVar ? var : same_as_[var]; }

  void Dissolve(OpId op, const QuantizationOp& kind) {
    const VarId from = index_.InputVar(op, kind.operand);
    const VarId to = index_.OutputVar(op, kind.output);
    if (from == kNoVar || to == kNoVar) return;
    if (kind.role == QuantizationRole::kQuantize) {
      RefuseOtherReaders(to);
      if (!IsKept(op, from, same_as_[from])) return;
      if (Set({&integers_of_, to}, Original(from))) made_in_[to] = levels_.back().block;
      TellThreshold(Original(from), index_.InputVar(op, kind.scale));
    } else if (integers_of_[from] != kNoVar) {
      if (!IsKept(op, from, integers_of_[from])) return;
      RefuseCarried(op, to);
      if (Set({&same_as_, to}, integers_of_[from])) made_in_[to] = levels_.back().block;
    } else {
      return;  // its partner isn't there: it is reported as one that is alone
    }
    removed_.insert(op);
    for (const Argument& argument : index_.arguments(op)) {
      if (index_.name(argument.slot) != kind.operand || kind.role == QuantizationRole::kDequantize)
        pass_->unneeded_.emplace(index_.name(argument.name));
    }
  }

  // The integers go with the observer: only what passes the value on may read them.
  void RefuseOtherReaders(VarId integers) {
    if (!judged_.insert(integers).second) return;
    for (const OpId reader : uses_.readers(integers)) {
      const QuantizationOp* kind = FindQuantizationOp(index_.type(reader));
      const bool partner = kind != nullptr && kind->role == QuantizationRole::kDequantize &&
                           index_.program().op(reader).BoolOr(attributes::kOnlyObserver, false);
      if (partner || uses_.OnlyLists(reader, integers)) continue;
      context_.findings->Error("foreign-quantization", PlaceOfOp(index_, reader, "", index_.NameOf(integers)),
                               "it reads the integers that an observer writes, which goes");
    }
  }

  void TellThreshold(VarId value, VarId scale) {
    const auto writers = uses_.writers(value);
    if (pass_->values_ == nullptr || scale == kNoVar || writers.size() != 1) return;
    const Result<std::vector<float>> read = pass_->values_->Read(index_.NameOf(scale), 1);
    if (!read.ok() || read->empty() || !std::isfinite((*read)[0])) return;
    SetOutScale(index_, writers[0], value, (*read)[0], &rewrites_);
  }

  void Read(OpId op) {
    const size_t block = index_.program().BlockOfOp(op);
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar) continue;
      const VarId value = same_as_[var];
      const bool only_lists = uses_.OnlyLists(op, var);
      if (value == kNoVar && !only_lists && levels_.back().loop != 0 && index_.program().BlockOfVar(var) != block)
        carried_[var] = true;
      if (value == kNoVar || (only_lists && value == kLost) || (!only_lists && !IsKept(op, var, value))) continue;
      rewrites_.ReplaceInput(op, index_.name(argument.slot), index_.name(argument.name), {index_.NameOf(value)});
    }
  }

  // What a control op writes it may leave as it was.
  void Write(OpId op, bool perhaps) {
    const size_t block = index_.program().BlockOfOp(op);
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar) continue;
      for (const State& state : {State{&integers_of_, var}, State{&same_as_, var}})
        Set(state, perhaps && state.value() != kNoVar ? kLost : kNoVar);
      Overwrite(var);
    }
  }

  // A value that is written again: what was passed on of it is lost.
  void Overwrite(VarId var) {
    const auto found = copies_.find(var);
    if (found == copies_.end()) return;
    for (const State& state : found->second) {
      if (state.value() == var) Set(state, kLost);
    }
    copies_.erase(found);
  }

  // Whether that changes it.
  bool Set(const State& state, VarId value) {
    if (state.value() == value) return false;
    if (levels_.size() > 1) changed_.push_back(state);
    state.value() = value;
    if (value != kNoVar && value != kLost) copies_[value].push_back(state);
    return true;
  }

  // Whether what an observer wrote to `var` is the present value of `value`, in each step of the loops that the reader
  // is in. Reports where it isn't, unless nothing runs the block.
  bool IsKept(OpId reader, VarId var, VarId value) {
    if (value == kNoVar) return true;
    if (value != kLost && !LoopOverwrites(var, var) && !LoopOverwrites(value, var)) return true;
    if (open_.root().block == 0)
      context_.findings->Error("foreign-quantization", PlaceOfOp(index_, reader, "", index_.NameOf(var)),
                               "it reads what an observer passed on of a value that is overwritten before it");
    return false;
  }

  // Whether a loop between the observer that wrote `copy` and the op at hand overwrites a variable.
  bool LoopOverwrites(VarId var, VarId copy) const {
    const size_t made = open_.LevelOf(made_in_[copy]);
    if (made == BlockStack::kClosed) return false;
    // A body that runs another one writes what that one writes: those that write the variable come first.
    const auto first = levels_.begin() + static_cast<std::ptrdiff_t>(made) + 1;
    const auto beyond =
        std::partition_point(first, levels_.end(), [&](const Level& level) { return flow_.Writes(level.block, var); });
    return beyond != first && std::prev(beyond)->loop > made;
  }

  // What an observer in a loop writes outside its block, ops before it read one step later.
  void RefuseCarried(OpId op, VarId to) {
    if (levels_.back().loop == 0 || !carried_[to]) return;
    context_.findings->Error("foreign-quantization", PlaceOfOp(index_, op, "", index_.NameOf(to)),
                             "an op reads what the observer passed on in the step of the loop before");
  }

  // The lists of control ops lose what only the pairs had.
  void CleanLists() {
    std::set<NameId> used;
    for (OpId op = 0; op < index_.program().op_count(); ++op) {
      if (removed_.contains(op) || FindControlOp(index_.type(op)) != nullptr) continue;
      for (const Argument& argument : index_.arguments(op)) used.insert(argument.name);
    }
    const auto goes = [&](VarId var) {
      return var != kNoVar && !used.contains(index_.var_name(var)) && pass_->unneeded_.contains(index_.NameOf(var));
    };
    CleanControlLists(index_, goes, &rewrites_);
  }

  ControlFlow flow_;
  BlockStack open_;
  std::vector<Level> levels_;
  std::set<OpId> removed_;
  std::set<VarId> judged_;                      // integers of observers whose readers were looked at
  std::vector<VarId> integers_of_;              // by variable: the value of which an observer made integers, or kLost
  std::vector<VarId> same_as_;                  // by variable: the value that an observer passed on as it, or kLost
  std::vector<uint32_t> made_in_;               // by variable: the block of the observer that wrote it
  std::vector<bool> carried_;                   // by variable: read in a loop, from outside the block
  std::map<VarId, std::vector<State>> copies_;  // by value: what says, or said, that it is a copy of it
  std::vector<State> changed_;                  // what the open bodies changed
};

Result<Outcome> DissolveObserversPass::Run(const PassContext& context) {
  unneeded_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the program's observers can't be taken out");
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
