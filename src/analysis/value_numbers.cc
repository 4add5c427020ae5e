#include "analysis/value_numbers.h"

#include <algorithm>

#include "paddle/control_ops.h"

namespace pdquant {

bool ValueNumbers::SurelyExists(VarId var, size_t level) const {
  if (index_.persistable(var) || states_[var].level <= level) return true;
  if (states_[var].value != 0) return false;
  const size_t block = index_.program().BlockOfVar(var);
  const ControlOp* control = flow_.body(block).control;
  return block == 0 || (control != nullptr && control->links_locals);
}

uint32_t ValueNumbers::LeftSince(VarId var) const {
  const State& state = states_[var];
  const uint32_t level = level_of_[state.block];
  if (level == 0 || (level < levels_.size() && levels_[level].block == state.block)) return 0;
  // A block that is inside an open one is inside those around it.
  const auto closed = std::partition_point(levels_.begin(), levels_.end(),
                                           [&](const Level& open) { return flow_.Contains(open.block, state.block); });
  uint32_t outermost = closed == levels_.begin() ? 0 : static_cast<uint32_t>(closed - levels_.begin()) - 1;
  const size_t declared = index_.program().BlockOfVar(var);
  if (flow_.Contains(declared, state.block)) outermost = std::max(outermost, level_of_[declared]);
  return level - outermost;
}

void ValueNumbers::Run(size_t block, OpId op) {
  const auto level = static_cast<uint32_t>(levels_.size() - 1);
  const bool runs_bodies = !flow_.BodiesOf(op).empty();
  for (const Argument& argument : index_.outputs(op)) {
    const VarId var = index_.Lookup(block, argument.name);
    if (var == kNoVar) continue;
    State& state = states_[var];
    state.value = present(var) + 1;
    state.writer = op;
    state.block = static_cast<uint32_t>(block);
    if (!runs_bodies && level < state.level) {
      state.level = level;
      if (level != 0) written_.push_back(var);
    }
  }
}

void ValueNumbers::Leave() {
  const Level left = levels_.back();
  levels_.pop_back();
  for (size_t i = left.written; i < written_.size(); ++i) states_[written_[i]].level = kNever;
  written_.resize(left.written);
}

}  // namespace pdquant
