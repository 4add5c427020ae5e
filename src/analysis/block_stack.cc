#include "analysis/block_stack.h"

#include <algorithm>

namespace pdquant {
namespace {

// A conditional_block whose condition has a row for each row of the batch (IfElse) runs only where all its inputs have
// rows.
bool RunsOnlyOnRows(const Index& index, const Body& body) {
  if (body.control == nullptr || body.control->row_condition.empty()) return false;
  return !index.program().op(body.runner).BoolOr(body.control->row_condition, false);
}

}  // namespace

BlockStack::BlockStack(const Index& index, const ControlFlow& flow)
    : index_(index), flow_(flow), level_of_(index.program().blocks().size(), kClosed) {}

void BlockStack::Enter(uint32_t block) {
  const size_t number = levels_.size();
  Level level;
  level.block = block;
  level.next = index_.program().block(block).first_op;
  if (!levels_.empty()) {
    const Level& outer = levels_.back();
    const Body& body = flow_.body(block);
    const bool known = body.control != nullptr;
    level.in_branch = outer.in_branch || (known && !body.control->loop);
    level.unknown_runner = known ? outer.unknown_runner : body.runner;
    // What the block around declares is seen here only if that block is this one's parent as well.
    const bool sees_outer = index_.program().block(block).parent == static_cast<int32_t>(outer.block);
    level.outermost = known && sees_outer ? outer.outermost : number;
    level.outermost_guard = RunsOnlyOnRows(index_, body) ? number : std::max(outer.outermost_guard, level.outermost);
  }
  levels_.push_back(level);
  level_of_[block] = number;
}

void BlockStack::Leave() {
  level_of_[levels_.back().block] = kClosed;
  levels_.pop_back();
}

size_t BlockStack::OutermostFor(VarId var) const {
  const size_t here = levels_.size() - 1;
  const size_t declared = level_of_[index_.program().BlockOfVar(var)];
  if (declared == kClosed) return here;  // in the forward block of a gradient block
  const size_t lowest = std::max(declared, top().outermost);
  // A body that runs another one writes what that one writes: those that write the variable come first.
  const auto first = levels_.begin() + static_cast<std::ptrdiff_t>(lowest) + 1;
  const auto beyond =
      std::partition_point(first, levels_.end(), [&](const Level& level) { return flow_.Writes(level.block, var); });
  return static_cast<size_t>(beyond - levels_.begin()) - 1;
}

Position BlockStack::PlaceFor(VarId var, bool is_weight) const {
  const size_t outermost = is_weight ? OutermostFor(var) : std::max(OutermostFor(var), top().outermost_guard);
  const Level& level = levels_[outermost];
  if (index_.Lookup(level.block, index_.var_name(var)) != var) return {top().block, top().current};
  return {level.block, level.current};
}

bool BlockStack::LoopOverwrites(VarId var) const {
  if (!flow_.body(top().block).in_loop) return false;
  const size_t declared = level_of_[index_.program().BlockOfVar(var)];
  const size_t outermost_body = declared == kClosed ? 1 : declared + 1;
  return outermost_body < levels_.size() && flow_.Writes(levels_[outermost_body].block, var);
}

}  // namespace pdquant
