#include "show/listing.h"

#include <algorithm>

#include "analysis/quantized_walk.h"
#include "paddle/op_role.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

void AppendRole(int32_t role, std::string* out) {
  if (role <= kRoleForward) return;
  if ((role & kRoleOptimize) != 0) *out += " [optimizer]";
  if ((role & kRoleBackward) != 0) *out += " [backward]";
  if ((role & kRoleLearningRate) != 0) *out += " [learning rate]";
  if ((role & kRoleLoss) != 0) *out += " [loss]";
}

}  // namespace

bool ListOps(const Index& index, const TextSink& sink) {
  TextBuffer buffer(sink);
  for (QuantizedWalk walk(index); walk.Next();) {
    AppendOpLine(index, walk.op(), buffer.text());
    AppendRole(index.op(walk.op()).role, buffer.text());
    if (walk.ComputesQuantized()) *buffer.text() += " [quantized]";
    *buffer.text() += '\n';
    if (!buffer.Flow()) return false;
  }
  return buffer.Flush();
}

bool ListVars(const Index& index, const TextSink& sink) {
  TextBuffer buffer(sink);
  const Program& program = index.program();
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (VarId var = block.first_var; var < block.first_var + block.var_count; ++var) {
      *buffer.text() += std::to_string(b) + ' ';
      AppendVarLine(index, var, buffer.text());
      *buffer.text() += '\n';
      if (!buffer.Flow()) return false;
    }
  }
  return buffer.Flush();
}

}  // namespace pdquant
