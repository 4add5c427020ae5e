// Whether two ops, variables or blocks that are matched say the same, and where not.
#ifndef PDQUANT_DIFF_COMPARE_H_
#define PDQUANT_DIFF_COMPARE_H_

#include <span>
#include <string_view>
#include <vector>

#include "diff/difference.h"
#include "diff/ignore.h"
#include "diff/matching.h"
#include "diff/side.h"

namespace pdquant {

class Comparer {
 public:
  // All of them have to outlive it.
  Comparer(const DiffSide& a, const DiffSide& b, const Matching& matching, const IgnoreRules& ignore)
      : a_(a), b_(b), matching_(matching), ignore_(ignore) {}

  bool OpsEqual(OpId a, OpId b) const { return !CompareOps(a, b, nullptr); }
  std::vector<Difference> OpDifferences(OpId a, OpId b) const;
  bool VarsEqual(VarId a, VarId b) const { return !CompareVars(a, b, nullptr); }
  std::vector<Difference> VarDifferences(VarId a, VarId b) const;
  // Of the blocks themselves: parent, forward block, unknown fields.
  std::vector<Difference> BlockDifferences(uint32_t a, uint32_t b) const;

  // Of the programs, beside their blocks.
  std::vector<Difference> ProgramDifferences() const;

  // Whether a name means the same in both programs.
  bool NamesEqual(NameId a, NameId b) const { return matching_.names.b_of_a[a] == b; }
  // How many arguments of two ops are the same in the same slot.
  size_t SharedArguments(OpId a, OpId b) const;

 private:
  using Out = std::vector<Difference>;

  // True where they differ. `out` may be null: then they stop at the first difference.
  bool CompareOps(OpId a, OpId b, Out* out) const;
  bool CompareVars(VarId a, VarId b, Out* out) const;
  bool SameArguments(OpId a, OpId b) const;
  bool CompareSlots(OpId a, OpId b, bool inputs, Out* out) const;
  Difference CompareLists(Difference::Part part, std::string_view slot, std::span<const NameId> a,
                          std::span<const NameId> b) const;
  bool CompareAttributes(OpId a, OpId b, Out* out) const;
  bool AttributesEqual(const AttrView& a, const AttrView& b) const;
  bool BlocksEqual(const AttrView& a, const AttrView& b) const;
  bool BlockNumbersEqual(int32_t a, int32_t b) const;
  bool TextsEqual(std::string_view a, std::string_view b) const;

  const DiffSide& a_;
  const DiffSide& b_;
  const Matching& matching_;
  const IgnoreRules& ignore_;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_COMPARE_H_
