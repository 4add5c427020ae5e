#ifndef PDQUANT_DIFF_GROUPS_H_
#define PDQUANT_DIFF_GROUPS_H_

#include "diff/change.h"
#include "diff/compare.h"
#include "diff/side.h"

namespace pdquant {

// Sets the leaders of changes that follow from others: the variables of ops that are inserted or removed; the
// dequantize op of a quantize op; ops whose only change is that they read or write what such ops make. Fills in the
// list's `pairs` and `rewired`.
void GroupChanges(const DiffSide& a, const DiffSide& b, const Matching& matching, const Comparer& comparer,
                  ChangeList* list);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_GROUPS_H_
