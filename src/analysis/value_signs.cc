#include "analysis/value_signs.h"

#include "paddle/names.h"
#include "paddle/runtimes/runtime_faults.h"

namespace pdquant {

bool IsNeverNegative(const Index& index, const Uses& uses, VarId var) {
  constexpr int kFarthest = 32;  // ops back
  for (int i = 0; i < kFarthest && var != kNoVar; ++i) {
    const auto writers = uses.writers(var);
    if (writers.size() != 1) return false;
    const std::string_view type = index.type(writers[0]);
    if (IsNeverNegativeOp(type)) return true;
    if (!KeepsSign(type)) return false;
    var = index.InputVar(writers[0], slots::kX);
  }
  return false;
}

}  // namespace pdquant
