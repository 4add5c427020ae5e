// Which variables were renamed, by the ops that are matched.
#ifndef PDQUANT_DIFF_RENAMES_H_
#define PDQUANT_DIFF_RENAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "diff/matching.h"
#include "ir/views.h"

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

// Whether what Paddle counts in a process numbers an attribute: the second run of a script gives it another value.
bool IsNumbered(std::string_view attribute);

// What Paddle's counters numbered in an attribute of an op: "/encoder/" and "/encoder/attention_1/" of a path of name
// scopes, "1" of a function. Empty for other attributes, and for a path of more scopes than a network has.
std::vector<std::string> NumberedParts(std::string_view attribute, const AttrView& value);

// Sets `numbered` of a matching, by the ops that are matched: each old one became one new one, whose name is the same
// but for the counter, and no other became that one.
void FindNumbered(const ComparedProgram& a, const ComparedProgram& b, Matching* matching);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_RENAMES_H_
