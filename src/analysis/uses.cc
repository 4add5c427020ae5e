#include "analysis/uses.h"

#include <algorithm>
#include <string_view>
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
  for (const VarReference& reference : index.var_references()) {
    const VarId var = index.Lookup(program.BlockOfOp(reference.op), reference.name);
    if (var != kNoVar) named_[var] = true;
  }
}

bool OnlyLists(const Index& index, OpId op, VarId var) {
  const std::string_view type = index.type(op);
  const ControlOp* control = FindControlOp(type);
  if (control == nullptr) return false;
  const auto inputs = index.inputs(op);
  return std::all_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
    if (argument.name != index.var_name(var)) return true;
    const std::string_view slot = index.name(argument.slot);
    return slot == control->inputs || (IsControlGradient(type) && slot == control->outputs);
  });
}

}  // namespace pdquant
