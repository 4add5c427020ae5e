#include "analysis/zero_values.h"

#include <algorithm>

#include "paddle/names.h"
#include "paddle/tensor_ops.h"

namespace pdquant {
namespace {

// Chains of ops that are longer are not followed to their end: nothing recurses deeply.
constexpr uint32_t kDeepest = 64;

}  // namespace

bool ZeroValues::AreAllZero(VarId var) { return FollowsFromZeros(var, 0); }

bool ZeroValues::FollowsFromZeros(VarId var, uint32_t depth) {
  if (var == kNoVar || depth == kDeepest) return false;
  if (const auto found = known_.find(var); found != known_.end()) return found->second;
  known_[var] = false;  // what a loop carries is in doubt
  const auto writers = uses_.writers(var);
  if (index_.persistable(var)) return known_[var] = writers.empty() && is_zero_(var);
  const bool zero = !writers.empty() && std::all_of(writers.begin(), writers.end(), [&](OpId op) {
    if (FillsWithZeros(index_, op)) return true;
    const std::string_view type = index_.type(op);
    if (MovesZeros(type)) {
      const VarId x = index_.InputVar(op, slots::kX);
      return FollowsFromZeros(x == kNoVar ? index_.InputVar(op, slots::kInput) : x, depth + 1);
    }
    if (!MultipliesByZeros(type)) return false;
    const auto inputs = index_.inputs(op);
    return std::any_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
      return FollowsFromZeros(index_.Lookup(index_.program().BlockOfOp(op), argument.name), depth + 1);
    });
  });
  known_[var] = zero;
  return zero;
}

}  // namespace pdquant
