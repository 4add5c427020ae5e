#include "paddle/control_ops.h"

#include <algorithm>
#include <array>

#include "paddle/names.h"

namespace pdquant {
namespace {

constexpr std::string_view kScalarCondition = "is_scalar_condition";

constexpr std::array<ControlOp, 4> kControlOps = {{
    {"while", true, slots::kX, "X@GRAD", "", false, slots::kOut},
    {"conditional_block", false, slots::kInput, "Input@GRAD", kScalarCondition, false, slots::kOut},
    {"conditional_block_infer", false, slots::kInput, "Input@GRAD", kScalarCondition, false, slots::kOut},
    {"recurrent", true, "parameters", "parameters@GRAD", "", true, ""},
}};

}  // namespace

bool IsControlGradient(std::string_view type) {
  return type.ends_with(kGradientOpSuffix) && FindControlOp(type) != nullptr;
}

const ControlOp* FindControlOp(std::string_view type) {
  if (type.ends_with(kGradientOpSuffix)) type.remove_suffix(kGradientOpSuffix.size());
  const auto* found =
      std::find_if(kControlOps.begin(), kControlOps.end(), [&](const ControlOp& op) { return op.type == type; });
  return found == kControlOps.end() ? nullptr : found;
}

}  // namespace pdquant
