// Whether ops that stand elsewhere still read and leave behind the same values.
#ifndef PDQUANT_DIFF_FLOW_H_
#define PDQUANT_DIFF_FLOW_H_

#include <vector>

#include "diff/matching.h"
#include "diff/side.h"

namespace pdquant {

// By op of A: it moved, and because of that some op reads another value, or writes in another order to a variable. What
// an op's blocks read and write counts as its own. In doubt an op counts as one that does.
std::vector<bool> MovesWithEffect(const DiffSide& a, const DiffSide& b, const Matching& matching);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_FLOW_H_
