#include "show/parts.h"

#include <algorithm>

#include "paddle/op_role.h"

namespace pdquant {

ProgramPart PartOfOp(const Index& index, OpId op) {
  const int32_t role = std::max(index.op(op).role, kRoleForward);
  if ((role & (kRoleOptimize | kRoleLearningRate)) != 0) return ProgramPart::kOptimizer;
  if ((role & kRoleBackward) != 0 || index.type(op).ends_with("_grad")) return ProgramPart::kBackward;
  return ProgramPart::kForward;
}

}  // namespace pdquant
