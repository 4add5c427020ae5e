#include "analysis/control_flow.h"

#include <algorithm>
#include <tuple>

#include "paddle/names.h"

namespace pdquant {
ControlFlow::ControlFlow(const Index& index)
    : index_(index), bodies_(index.program().blocks().size()), gradient_blocks_(index.program().blocks().size()) {
  FindOwners();
  NumberBodies();
  if (!owned_.empty()) FindOuterWrites();
}

void ControlFlow::FindOwners() {
  // A block that a forward op and its gradient op name is the gradient's: pylayer lists the blocks of both. Other ops
  // share no block in a program that has been checked.
  const std::span<const BlockReference> references = index_.block_references();
  std::vector<size_t> last(bodies_.size());
  for (size_t i = 0; i < references.size(); ++i) {
    const BlockReference& reference = references[i];
    const auto block = static_cast<uint32_t>(reference.block);
    Body& body = bodies_[block];
    body.runner = reference.op;
    body.outer = static_cast<uint32_t>(index_.program().BlockOfOp(reference.op));
    body.control = FindControlOp(index_.type(reference.op));
    last[block] = i;
  }
  for (size_t i = 0; i < references.size(); ++i) {
    const auto block = static_cast<uint32_t>(references[i].block);
    if (last[block] == i) owned_.push_back({references[i].op, block});
  }
  std::stable_sort(owned_.begin(), owned_.end(), [](const Owned& a, const Owned& b) { return a.op < b.op; });
  for (const Owned& owned : owned_) owned_blocks_.push_back(owned.block);
  const auto blocks = index_.program().blocks();
  for (uint32_t b = 0; b < blocks.size(); ++b) {
    if (blocks[b].forward >= 0 && blocks[b].forward != static_cast<int32_t>(b))
      gradient_blocks_[static_cast<size_t>(blocks[b].forward)].push_back(b);
  }
}

void ControlFlow::NumberBodies() {
  uint32_t next = 0;
  struct Frame {
    uint32_t block;
    size_t child;  // index into owned_
  };
  const auto first_child = [&](uint32_t block) {
    const OpId op = index_.program().block(block).first_op;
    return static_cast<size_t>(
        std::lower_bound(owned_.begin(), owned_.end(), op, [](const Owned& o, OpId id) { return o.op < id; }) -
        owned_.begin());
  };
  std::vector<Frame> stack;
  for (uint32_t root = 0; root < bodies_.size(); ++root) {
    if (root != 0 && !IsOrphan(root)) continue;
    bodies_[root].enter = next++;
    bodies_[root].in_branch = root != 0;
    stack.push_back({root, first_child(root)});
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.child < owned_.size() && bodies_[owned_[frame.child].block].outer == frame.block) {
        const uint32_t child = owned_[frame.child++].block;
        bodies_[child].enter = next++;
        const ControlOp* control = bodies_[child].control;
        bodies_[child].in_loop = bodies_[frame.block].in_loop || control == nullptr || control->loop;
        bodies_[child].in_branch = bodies_[frame.block].in_branch || control == nullptr || !control->loop;
        stack.push_back({child, first_child(child)});
      } else {
        bodies_[frame.block].leave = next;
        stack.pop_back();
      }
    }
  }
}

void ControlFlow::FindOuterWrites() {
  const Program& program = index_.program();
  for (size_t b = 1; b < bodies_.size(); ++b) {
    const Block& block = program.block(b);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      for (const Argument& argument : index_.outputs(op)) {
        const VarId var = index_.Lookup(b, argument.name);
        if (var != kNoVar && program.BlockOfVar(var) != b) outer_writes_.push_back({var, bodies_[b].enter});
      }
    }
  }
  std::sort(outer_writes_.begin(), outer_writes_.end(), [](const OuterWrite& a, const OuterWrite& b) {
    return std::tie(a.var, a.enter) < std::tie(b.var, b.enter);
  });
}

std::span<const uint32_t> ControlFlow::BodiesOf(OpId op) const {
  const auto first =
      std::lower_bound(owned_.begin(), owned_.end(), op, [](const Owned& o, OpId id) { return o.op < id; });
  auto last = first;
  while (last != owned_.end() && last->op == op) ++last;
  return std::span(owned_blocks_)
      .subspan(static_cast<size_t>(first - owned_.begin()), static_cast<size_t>(last - first));
}

bool ControlFlow::Writes(size_t block, VarId var) const {
  const Body& body = bodies_[block];
  const auto first = std::lower_bound(
      outer_writes_.begin(), outer_writes_.end(), OuterWrite{var, body.enter},
      [](const OuterWrite& a, const OuterWrite& b) { return std::tie(a.var, a.enter) < std::tie(b.var, b.enter); });
  return first != outer_writes_.end() && first->var == var && first->enter < body.leave;
}

}  // namespace pdquant
