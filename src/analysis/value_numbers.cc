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

void ValueNumbers::Run(size_t block, OpId op) {
  const auto level = static_cast<uint32_t>(levels_.size() - 1);
  const bool runs_bodies = !flow_.BodiesOf(op).empty();
  for (const Argument& argument : index_.outputs(op)) {
    const VarId var = index_.Lookup(block, argument.name);
    if (var == kNoVar) continue;
    State& state = states_[var];
    ++state.value;
    state.writer = op;
    if (!runs_bodies && level < state.level) {
      state.level = level;
      if (level != 0) written_.push_back(var);
    }
    if (block != 0 && index_.program().BlockOfVar(var) != block) written_outside_.push_back(var);
  }
}

void ValueNumbers::Leave(uint32_t outer_block) {
  const Level left = levels_.back();
  levels_.pop_back();
  if (outer_block == kNoBlock) return;
  for (size_t i = left.written; i < written_.size(); ++i) states_[written_[i]].level = kNever;
  written_.resize(left.written);
  const auto first = written_outside_.begin() + static_cast<std::ptrdiff_t>(left.written_outside);
  std::sort(first, written_outside_.end());
  written_outside_.erase(std::unique(first, written_outside_.end()), written_outside_.end());
  size_t kept = left.written_outside;
  for (size_t i = kept; i < written_outside_.size(); ++i) {
    const VarId var = written_outside_[i];
    ++states_[var].value;
    states_[var].writer = kNoOp;
    // For the blocks around, it is a write outside as long as they don't declare the variable themselves.
    if (outer_block != 0 && index_.program().BlockOfVar(var) != outer_block) written_outside_[kept++] = var;
  }
  written_outside_.resize(kept);
}

}  // namespace pdquant
