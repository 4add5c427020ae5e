// Which variables are 0 however a program runs: the states that recurrent cells begin with, and what is made of them.
#ifndef PDQUANT_ANALYSIS_ZERO_VALUES_H_
#define PDQUANT_ANALYSIS_ZERO_VALUES_H_

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>

#include "analysis/uses.h"
#include "ir/index.h"

namespace pdquant {

class ZeroValues {
 public:
  // Both have to outlive it. `is_zero` says of a parameter whether it holds nothing but zeros.
  ZeroValues(const Index& index, const Uses& uses, std::function<bool(VarId)> is_zero)
      : index_(index), uses_(uses), is_zero_(std::move(is_zero)) {}

  // As far as the ops that write it tell. False where in doubt.
  bool AreAllZero(VarId var);

 private:
  bool FollowsFromZeros(VarId var, uint32_t depth);

  const Index& index_;
  const Uses& uses_;
  std::function<bool(VarId)> is_zero_;
  std::unordered_map<VarId, bool> known_;
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_ZERO_VALUES_H_
