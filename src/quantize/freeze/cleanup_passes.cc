#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "analysis/control_flow.h"
#include "analysis/uses.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/names.h"
#include "paddle/quantization_ops.h"
#include "paddle/scale_kinds.h"
#include "quantize/freeze/model_passes.h"

namespace pdquant {
namespace {

// Whether only the increment of a counter and control ops that list it read a variable and, where the slots of quantize
// ops that named it are dropped, quantize ops.
bool IsUnused(const Index& index, const Uses& uses, VarId var, bool dropped) {
  return std::all_of(uses.readers(var).begin(), uses.readers(var).end(), [&](OpId op) {
    const std::string_view type = index.type(op);
    return (dropped && IsQuantizationOp(type)) || type == op_types::kIncrement || uses.OnlyLists(op, var);
  });
}

}  // namespace

Result<Outcome> StripTrainingPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  const Program& program = index.program();
  const Uses uses(index);
  OpRewrites rewrites(program);
  std::unordered_set<VarId> state;  // what the dropped slots name
  const auto drop = [&](VarId var) {
    if (var != kNoVar) state.insert(var);  // a slot may name the empty variable, which is none
  };
  for (OpId op = 0; op < program.op_count(); ++op) {
    if (!IsQuantizationOp(index.type(op))) continue;
    const size_t block = program.BlockOfOp(op);
    rewrites.SetBool(op, attributes::kIsTest, true);
    for (const Argument& argument : index.inputs(op)) {
      if (!IsTrainingInput(index.type(op), index.name(argument.slot))) continue;
      rewrites.DropInput(op, index.name(argument.slot));
      drop(index.Lookup(block, argument.name));
    }
    for (const Argument& argument : index.outputs(op)) {
      if (!IsTrainingOutput(index.type(op), index.name(argument.slot))) continue;
      rewrites.DropOutput(op, index.name(argument.slot));
      drop(index.Lookup(block, argument.name));
    }
  }
  const auto is_unused = [&](VarId var) {
    const bool dropped = state.contains(var);
    const bool named =
        more_state_ != nullptr && var != kNoVar && more_state_->contains(std::string(index.name(index.var_name(var))));
    return (dropped || named) && IsUnused(index, uses, var, dropped);
  };
  bool removed = false;
  for (OpId op = 0; op < program.op_count(); ++op) {
    const std::string_view type = index.type(op);
    if (type == op_types::kIncrement) {
      const VarId counter = index.OutputVar(op, slots::kOut);
      if (!is_unused(counter)) continue;
      context.main->edits.RemoveOp(op);
      removed = true;
    } else if (const ControlOp* control = FindControlOp(type)) {
      for (const Argument& argument : index.inputs(op)) {
        const VarId var = index.Lookup(program.BlockOfOp(op), argument.name);
        if (index.name(argument.slot) == control->inputs && is_unused(var))
          rewrites.ReplaceInput(op, control->inputs, index.name(argument.name), {});
      }
    }
  }
  rewrites.Queue(&context.main->edits);
  return removed || !context.main->edits.empty() ? Outcome::kChanged : Outcome::kUnchanged;
}

Result<Outcome> RemoveUnusedPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  const Uses uses(index);
  for (VarId var = 0; var < index.program().var_count(); ++var) {
    if (!uses.readers(var).empty() || !uses.writers(var).empty() || uses.named_by_attribute(var) ||
        index.program().var(var).need_check_feed())
      continue;
    if (only_ && !only_->contains(std::string(index.name(index.var_name(var))))) continue;
    context.main->edits.RemoveVar(var);
  }
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
