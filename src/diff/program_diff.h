// The difference of two programs, by meaning.
#ifndef PDQUANT_DIFF_PROGRAM_DIFF_H_
#define PDQUANT_DIFF_PROGRAM_DIFF_H_

#include <memory>
#include <string_view>
#include <vector>

#include "diff/change.h"
#include "diff/compare.h"
#include "diff/ignore.h"
#include "diff/matching.h"
#include "diff/side.h"

namespace pdquant {

struct DiffOptions {
  IgnoreRules ignore;
  bool ignore_order = false;  // ops that moved without effect are no change
  bool ignore_names = false;  // consistent renaming is no change
};

class ProgramDiff {
 public:
  // Both have to outlive it, and may break any rule. Order of variables, attributes and slots, the encoding, and values
  // that are the default don't count; everything else does.
  ProgramDiff(const Index& a, const Index& b, const DiffOptions& options);
  ProgramDiff(const ProgramDiff&) = delete;
  ProgramDiff& operator=(const ProgramDiff&) = delete;

  bool equal() const { return list_.changes.empty(); }
  const std::vector<Change>& changes() const { return list_.changes; }
  const ChangeList& list() const { return list_; }
  const ChangeCounts& counts() const { return list_.counts; }
  const DiffSide& a() const { return a_; }
  const DiffSide& b() const { return b_; }
  const Matching& matching() const { return matching_; }

  // What a variable of A is called in B; its own name where it has no partner.
  std::string_view NameInB(std::string_view name) const;

  // What differs in itself. Made anew at each call.
  std::vector<Difference> Differences(const Change& change) const;

 private:
  DiffOptions options_;
  DiffSide a_;
  DiffSide b_;
  Matching matching_;
  Comparer comparer_;
  ChangeList list_;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_PROGRAM_DIFF_H_
