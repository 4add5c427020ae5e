#include "diff/program_diff.h"

#include "diff/change_lister.h"
#include "diff/flow.h"
#include "diff/groups.h"
#include "diff/match.h"

namespace pdquant {

ProgramDiff::ProgramDiff(const Index& a, const Index& b, const DiffOptions& options)
    : options_(options), a_(a), b_(b), comparer_(a_, b_, matching_, options_.ignore) {
  if (a.program().bytes() == b.program().bytes()) return;
  matching_ = Match(a_, b_, options_.ignore);
  list_ = ListChanges(a_, b_, matching_, comparer_, MovesWithEffect(a_, b_, matching_), options_.ignore_order,
                      options_.ignore_names);
  GroupChanges(a_, b_, matching_, comparer_, &list_);
}

std::string_view ProgramDiff::NameInB(std::string_view name) const {
  const NameId found = a_.index().names().Find(name);
  if (found == kNoName || matching_.names.b_of_a.empty()) return name;
  const NameId partner = matching_.names.b_of_a[found];
  return partner == kNoPartner ? name : b_.index().name(partner);
}

std::vector<Difference> ProgramDiff::Differences(const Change& change) const {
  if (change.what == Change::What::kProgram) return comparer_.ProgramDifferences();
  if (change.a == kNoPartner || change.b == kNoPartner || !change.changed) return {};
  switch (change.what) {
    case Change::What::kBlock:
      return comparer_.BlockDifferences(change.a, change.b);
    case Change::What::kOp:
      return comparer_.OpDifferences(change.a, change.b);
    default:
      return comparer_.VarDifferences(change.a, change.b);
  }
}

}  // namespace pdquant
