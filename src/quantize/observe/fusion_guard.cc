#include "quantize/observe/fusion_guard.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "analysis/control_flow.h"
#include "analysis/uses.h"
#include "ir/edit/builder.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/calibration/plain_ops.h"
#include "paddle/runtimes/engine_passes.h"
#include "quantize/observe/observed_list.h"
#include "quantize/unique_names.h"

namespace pdquant {

void KeepFromFusion(const std::vector<ObservedValue>& values, EditableProgram* program) {
  const Index& index = program->index;
  const Uses uses(index);
  UniqueNames names(index);
  OpRewrites rewrites(index.program());
  for (const ObservedValue& value : values) {
    const Block& block = index.program().block(value.block);
    const OpId end = block.first_op + block.op_count;
    OpId writer = kNoOp;
    OpId next = end;
    for (const OpId op : uses.writers(value.var)) {
      if (op < block.first_op) continue;
      if (op < value.op || (value.behind && op == value.op)) writer = op;
      if (op > value.op || (!value.behind && op == value.op)) next = std::min(next, op);
    }
    if (writer == kNoOp) continue;
    std::string copy;
    for (const OpId op : uses.readers(value.var)) {
      if (op <= writer || op >= std::min(next, end) || !IsFusedBlindly(index.type(writer), index.type(op))) continue;
      const std::string_view name = index.name(index.var_name(value.var));
      if (copy.empty()) {
        copy = names.New(std::string(kObservedPrefix) + "copy");
        program->edits.AddVar(value.block, EncodeVarOfType(copy, index.program().var(value.var).type_fields(), false));
        OpBuilder assign;
        BuildUnary(op_types::kAssign, name, copy, &assign);
        program->edits.InsertOpAfter(writer, assign.message());
      }
      rewrites.ReplaceInput(op, "", name, {copy});
    }
  }
  rewrites.Queue(&program->edits);
}

}  // namespace pdquant
