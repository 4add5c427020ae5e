#include "diff/side.h"

#include <algorithm>

#include "paddle/op_table.h"

namespace pdquant {

DiffSide::DiffSide(const Index& index) : index_(&index), labels_(index), uses_(index.names().size()) {
  for (VarId var = 0; var < program().var_count(); ++var) uses_[index.var_name(var)] |= kDeclared;
  for (OpId op = 0; op < program().op_count(); ++op) {
    for (const Argument& argument : index.inputs(op)) uses_[argument.name] |= kArgument;
    for (const Argument& argument : index.outputs(op)) uses_[argument.name] |= kArgument;
  }
  const NameId none = index.names().Find(kEmptyVariable);
  if (none != kNoName) uses_[none] = 0;
}

std::span<const BlockReference> DiffSide::blocks_of(OpId op) const {
  const auto all = index_->block_references();
  const auto [begin, end] =
      std::equal_range(all.begin(), all.end(), BlockReference{op, 0, 0},
                       [](const BlockReference& x, const BlockReference& y) { return x.op < y.op; });
  return {begin, end};
}

}  // namespace pdquant
