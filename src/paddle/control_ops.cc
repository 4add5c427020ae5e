#include "paddle/control_ops.h"

#include <array>

#include "base/find_row.h"
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
  return FindRow(kControlOps, &ControlOp::type, type);
}

bool IsListSlot(std::string_view type, std::string_view slot) {
  const ControlOp* control = FindControlOp(type);
  return control != nullptr && (slot == control->inputs || (IsControlGradient(type) && slot == control->outputs));
}

}  // namespace pdquant
