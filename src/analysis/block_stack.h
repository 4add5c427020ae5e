// The blocks that a walk through a program is in, each inside the one before, and how far out of them a pair may be
// moved.
#ifndef PDQUANT_ANALYSIS_BLOCK_STACK_H_
#define PDQUANT_ANALYSIS_BLOCK_STACK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/control_flow.h"
#include "ir/index.h"

namespace pdquant {

// Where a pair is to stand: in front of `before`.
struct Position {
  uint32_t block;
  OpId before;
};

class BlockStack {
 public:
  struct Level {
    uint32_t block = 0;
    OpId next = 0;                     // the op that comes next
    OpId current = kNoOp;              // the op that the walk is at, or that runs the next level
    std::span<const uint32_t> bodies;  // of the current op: those that are still to be walked
    OpId unknown_runner = kNoOp;  // an op around the block that runs blocks in a way not known here; kNoOp without one
    bool in_branch = false;       // the block, or one around it, runs only where a condition holds
    size_t outermost =
        0;  // the level that variables can be brought in from, through the lists of the control ops between
    size_t outermost_guard = 0;  // the same for an activation, which may be without rows where a branch doesn't run
  };

  BlockStack(const Index& index, const ControlFlow& flow);

  // Opens a block: block 0, one that nothing runs, or a body of the op that the walk is at.
  void Enter(uint32_t block);
  void Leave();

  // Walks through a block and the bodies that its ops run, in the order in which they run. `enter(block)` and `leave()`
  // have to call Enter and Leave; `visit(block, op)` is called for each op, and says in top().bodies what it runs.
  template <typename EnterF, typename VisitF, typename LeaveF>
  void Walk(uint32_t root, EnterF&& enter, VisitF&& visit, LeaveF&& leave) {
    enter(root);
    while (!empty()) {
      Level& level = top();
      const Block& block = index_.program().block(level.block);
      if (!level.bodies.empty()) {
        const uint32_t body = level.bodies.front();
        level.bodies = level.bodies.subspan(1);
        enter(body);
      } else if (level.next == block.first_op + block.op_count) {
        leave();
      } else {
        level.current = level.next++;
        visit(level.block, level.current);
      }
    }
  }

  bool empty() const { return levels_.empty(); }
  size_t depth() const { return levels_.size(); }
  Level& top() { return levels_.back(); }
  const Level& top() const { return levels_.back(); }
  const Level& root() const { return levels_.front(); }
  const Level& level(size_t number) const { return levels_[number]; }

  // kClosed where the block isn't open.
  static constexpr size_t kClosed = SIZE_MAX;
  size_t LevelOf(uint32_t block) const { return level_of_[block]; }
  // Whether `block` is open, and at `level` or further in.
  bool IsOpenFrom(uint32_t block, size_t level) const {
    return level_of_[block] != kClosed && level_of_[block] >= level;
  }
  // The outermost level from which a pair of `var` may be shared: no body between it and the innermost block writes the
  // variable, so that the pair has the value that is read here, whichever time the bodies run.
  size_t OutermostFor(VarId var) const;
  // The place for a new pair that the op at hand shall read.
  Position PlaceFor(VarId var, bool is_weight) const;
  // Whether an open block runs only where a condition holds: in a branch.
  bool InBranch(uint32_t block) const { return level_of_[block] != kClosed && levels_[level_of_[block]].in_branch; }
  // Whether a loop around the op at hand overwrites the variable: what was quantized outside may not be what is read
  // here.
  bool LoopOverwrites(VarId var) const;

 private:
  const Index& index_;
  const ControlFlow& flow_;
  std::vector<Level> levels_;
  std::vector<size_t> level_of_;  // by block
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_BLOCK_STACK_H_
