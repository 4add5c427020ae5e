// What is said of a thing as a list of facts, so that two lists can be compared.
#ifndef PDQUANT_DIFF_FACTS_H_
#define PDQUANT_DIFF_FACTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "diff/difference.h"
#include "diff/ignore.h"
#include "ir/program.h"

namespace pdquant {

struct Fact {
  Difference::Part part;
  std::string name;
  std::string text;
};
using Facts = std::vector<Fact>;

// Of a variable, all but its name. Values that are the default are no facts.
Facts FactsOf(const VarView& var);
// Of a program, all but its blocks: version, op_version_map, op_compatible_map, unknown fields.
Facts FactsOf(const Program& program);

// Appends what one list has and the other hasn't; false where they are equal. `out` may be null: then it stops at the
// first difference.
bool CompareFacts(Facts a, Facts b, std::string_view owner, const IgnoreRules& ignore, std::vector<Difference>* out);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_FACTS_H_
