// Which op runs which block.
#ifndef PDQUANT_ANALYSIS_CONTROL_FLOW_H_
#define PDQUANT_ANALYSIS_CONTROL_FLOW_H_

#include <cstdint>
#include <span>
#include <vector>

#include "ir/index.h"
#include "paddle/control_ops.h"

namespace pdquant {

inline constexpr uint32_t kNoBlock = UINT32_MAX;

// A block, seen as the body of the op that runs it.
struct Body {
  OpId runner = kNoOp;                 // kNoOp for block 0 and for blocks that no op owns
  uint32_t outer = kNoBlock;           // the block that the runner is in
  const ControlOp* control = nullptr;  // null where the runner is an op of an unknown kind
  bool in_loop = false;                // the block may run several times a step
  bool in_branch = false;              // the block, or one around it, isn't run by a loop, and may not run
  uint32_t enter = 0;                  // the bodies inside this one have enter in [enter, leave)
  uint32_t leave = 0;
};

class ControlFlow {
 public:
  // Needs a program that has been checked.
  explicit ControlFlow(const Index& index);

  const Body& body(size_t block) const { return bodies_[block]; }
  bool IsOrphan(size_t block) const { return block != 0 && bodies_[block].runner == kNoOp; }
  // Whether `inner` is `outer` or runs inside it.
  bool Contains(size_t outer, size_t inner) const {
    return bodies_[outer].enter <= bodies_[inner].enter && bodies_[inner].enter < bodies_[outer].leave;
  }
  // The blocks that an op runs, in the order of its attributes.
  std::span<const uint32_t> BodiesOf(OpId op) const;
  // The gradient blocks of a forward body.
  std::span<const uint32_t> GradientBlocksOf(size_t block) const { return gradient_blocks_[block]; }
  // Whether an op of `block`, or of a body inside it, writes a variable that is declared outside `block`.
  bool Writes(size_t block, VarId var) const;

 private:
  struct Owned {
    OpId op;
    uint32_t block;
  };
  struct OuterWrite {
    VarId var;
    uint32_t enter;  // of the body that writes
  };
  void FindOwners();
  void NumberBodies();
  void FindOuterWrites();

  const Index& index_;
  std::vector<Body> bodies_;
  std::vector<Owned> owned_;  // sorted by op
  std::vector<uint32_t> owned_blocks_;
  std::vector<std::vector<uint32_t>> gradient_blocks_;
  std::vector<OuterWrite> outer_writes_;  // sorted by variable, then by enter
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_CONTROL_FLOW_H_
