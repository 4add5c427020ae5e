// Whether a value can be negative, as far as the op that makes it tells.
#ifndef PDQUANT_ANALYSIS_VALUE_SIGNS_H_
#define PDQUANT_ANALYSIS_VALUE_SIGNS_H_

#include "analysis/uses.h"
#include "ir/index.h"

namespace pdquant {

// False where that isn't known.
bool IsNeverNegative(const Index& index, const Uses& uses, VarId var);

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_VALUE_SIGNS_H_
