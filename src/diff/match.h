// Finds out which ops, blocks and variables of two programs are the same.
#ifndef PDQUANT_DIFF_MATCH_H_
#define PDQUANT_DIFF_MATCH_H_

#include "diff/ignore.h"
#include "diff/matching.h"
#include "diff/side.h"

namespace pdquant {

// Works for any two programs, whatever rules they break; n log n in their ops. Match(b, a) is Match(a, b) swapped.
Matching Match(const DiffSide& a, const DiffSide& b, const IgnoreRules& ignore);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_MATCH_H_
