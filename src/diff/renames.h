// Which variables were renamed, by the ops that are matched.
#ifndef PDQUANT_DIFF_RENAMES_H_
#define PDQUANT_DIFF_RENAMES_H_

#include <vector>

#include "diff/matching.h"

namespace pdquant {

// An op of A and its partner, whose arguments show what became of names. `sure` is for pairs that belong together
// whatever their arguments are.
struct RenameWitness {
  OpId a;
  OpId b;
  bool sure;
};

// Sets `names` and `renames` of a matching. A renaming is consistent: each old name became one new name, at most places
// where it came, no other name became that one, and neither of both is a variable of the other program, unless that
// one was renamed itself. All other names mean what they meant. Linear in the number of arguments, but for sorting.
void FindRenames(const ComparedProgram& a, const ComparedProgram& b, const std::vector<RenameWitness>& witnesses,
                 Matching* matching);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_RENAMES_H_
