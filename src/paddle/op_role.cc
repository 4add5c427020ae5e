#include "paddle/op_role.h"

#include <algorithm>

#include "paddle/names.h"

namespace pdquant {

bool UpdatesParameter(const Index& index, OpId op) {
  const NameId slot = index.names().Find(slots::kParamOut);
  const auto outputs = index.outputs(op);
  return slot != kNoName &&
         std::any_of(outputs.begin(), outputs.end(), [&](const Argument& a) { return a.slot == slot; });
}

OpPart PartOf(const Index& index, OpId op) {
  const int32_t role = index.op(op).role;
  if (role >= 0) {
    if ((role & kRoleBackward) != 0) return OpPart::kBackward;
    if ((role & (kRoleOptimize | kRoleRpc | kRoleDistributed)) != 0) return OpPart::kOptimizer;
    return (role & kRoleLearningRate) != 0 ? OpPart::kLearningRate : OpPart::kForward;
  }
  if (UpdatesParameter(index, op)) return OpPart::kOptimizer;
  const auto outputs = index.outputs(op);
  const bool gradient = index.type(op).ends_with(kGradientOpSuffix) ||
                        std::any_of(outputs.begin(), outputs.end(),
                                    [&](const Argument& a) { return IsGradientName(index.name(a.name)); });
  return gradient ? OpPart::kBackward : OpPart::kForward;
}

}  // namespace pdquant
