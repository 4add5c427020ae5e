// Which variables are 0 however a program runs: the states that recurrent cells begin with, and what is made of them.
#ifndef PDQUANT_ANALYSIS_ZERO_VALUES_H_
#define PDQUANT_ANALYSIS_ZERO_VALUES_H_

#include <cstdint>
#include <unordered_map>

#include "analysis/uses.h"
#include "ir/index.h"

namespace pdquant {

class ZeroValues {
 public:
  // Both have to outlive it.
  ZeroValues(const Index& index, const Uses& uses) : index_(index), uses_(uses) {}

  // As far as the ops that write it tell. False where in doubt.
  bool AreAllZero(VarId var);

 private:
  bool FollowsFromZeros(VarId var, uint32_t depth);

  const Index& index_;
  const Uses& uses_;
  std::unordered_map<VarId, bool> known_;
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_ZERO_VALUES_H_
