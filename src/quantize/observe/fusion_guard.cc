#include "quantize/observe/fusion_guard.h"

#include <algorithm>
#include <iterator>
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
    const auto writers = uses.writers(value.var);
    const auto next = std::lower_bound(writers.begin(), writers.end(), value.behind ? value.op + 1 : value.op);
    if (next == writers.begin() || *std::prev(next) < block.first_op) continue;
    const OpId writer = *std::prev(next);
    const OpId until = next == writers.end() ? end : std::min(*next, end);
    const auto readers = uses.readers(value.var);
    std::string copy;
    for (auto reader = std::upper_bound(readers.begin(), readers.end(), writer);
         reader != readers.end() && *reader < until; ++reader) {
      const OpId op = *reader;
      if (!IsFusedBlindly(index.type(writer), index.type(op))) continue;
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
