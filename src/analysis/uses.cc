#include "analysis/uses.h"

#include <utility>

#include "paddle/control_ops.h"

namespace pdquant {
namespace {

using Use = std::pair<VarId, OpId>;

// Sorts by variable, the ops of each in their order: counting sort.
void Group(const std::vector<Use>& uses, size_t var_count, std::vector<OpId>* ops, std::vector<uint32_t>* ends) {
  std::vector<uint32_t> next(var_count + 1);
  for (const Use& use : uses) ++next[use.first + 1];
  for (size_t v = 0; v < var_count; ++v) next[v + 1] += next[v];
  ops->resize(uses.size());
  for (const Use& use : uses) (*ops)[next[use.first]++] = use.second;
  next.pop_back();
  *ends = std::move(next);  // each has moved to the end of its variable
}

}  // namespace

Uses::Uses(const Index& index) : named_(index.program().var_count()) {
  const Program& program = index.program();
  std::vector<Use> reads;
  std::vector<Use> writes;
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      const auto add = [&](std::span<const Argument> arguments, std::vector<Use>* uses) {
        for (const Argument& argument : arguments) {
          const VarId var = index.Lookup(b, argument.name);
          if (var != kNoVar) uses->emplace_back(var, op);
        }
      };
      add(index.inputs(op), &reads);
      add(index.outputs(op), &writes);
    }
  }
  Group(reads, program.var_count(), &readers_, &reader_ends_);
  Group(writes, program.var_count(), &writers_, &writer_ends_);
  OpId last = kNoOp;
  for (const BlockReference& reference : index.block_references()) {
    if (std::exchange(last, reference.op) != reference.op) NoteLists(index, reference.op);
  }
  for (const VarReference& reference : index.var_references()) {
    const VarId var = index.Lookup(program.BlockOfOp(reference.op), reference.name);
    if (var != kNoVar) named_[var] = true;
  }
}

void Uses::NoteLists(const Index& index, OpId op) {
  const size_t block = index.program().BlockOfOp(op);
  const auto for_each = [&](bool in_list, auto&& take) {
    for (const Argument& argument : index.inputs(op)) {
      if (IsListSlot(index.type(op), index.name(argument.slot)) == in_list)
        take(Key(op, index.Lookup(block, argument.name)));
    }
  };
  for_each(true, [&](uint64_t use) { listed_.insert(use); });
  for_each(false, [&](uint64_t use) { listed_.erase(use); });
}

}  // namespace pdquant
