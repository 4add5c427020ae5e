#ifndef PDQUANT_DIFF_CHANGE_LISTER_H_
#define PDQUANT_DIFF_CHANGE_LISTER_H_

#include "diff/change.h"
#include "diff/compare.h"
#include "diff/matching.h"
#include "diff/side.h"

namespace pdquant {

// Walks through both programs at once, and lists what isn't the same. `with_effect` is by op of A (MovesWithEffect).
// Ops that moved without effect are left out where `ignore_order` says so, variables that were renamed where
// `ignore_names` does. Linear, but for sorting.
ChangeList ListChanges(const DiffSide& a, const DiffSide& b, const Matching& matching, const Comparer& comparer,
                       const std::vector<bool>& with_effect, bool ignore_order, bool ignore_names);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_CHANGE_LISTER_H_
