// Whether two ops, variables or blocks that are matched say the same, and where not.
#ifndef PDQUANT_DIFF_COMPARER_H_
#define PDQUANT_DIFF_COMPARER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "diff/difference.h"
#include "diff/matching.h"
#include "ir/views.h"

namespace pdquant {

class Comparer {
 public:
  // All of them have to outlive it.
  Comparer(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching, const DiffOptions& options)
      : a_(a), b_(b), matching_(matching), options_(options) {}

  bool OpsEqual(OpId a, OpId b) const;
  std::vector<Difference> OpDifferences(OpId a, OpId b) const;
  bool VarsEqual(VarId a, VarId b) const;
  std::vector<Difference> VarDifferences(VarId a, VarId b) const;
  // Of the blocks themselves: parent, forward block, unknown fields.
  std::vector<Difference> BlockDifferences(uint32_t a, uint32_t b) const;
  // Of the programs, beside their blocks.
  std::vector<Difference> ProgramDifferences() const;

  // Whether a name means the same in both programs.
  bool NamesEqual(NameId a, NameId b) const { return matching_.names.b_of_a[a] == b; }
  // Whether two attributes that name no block are the same beside the fields of some numbers (bits).
  bool RestsEqual(const AttrView& a, const AttrView& b, uint32_t without) const;
  // How many arguments of two ops are the same in the same slot.
  size_t SharedArguments(OpId a, OpId b) const;

 private:
  void CompareOps(OpId a, OpId b, DifferenceList* list) const;
  void CompareVars(VarId a, VarId b, DifferenceList* list) const;
  bool SameArguments(OpId a, OpId b) const;
  void CompareSlots(OpId a, OpId b, bool inputs, DifferenceList* list) const;
  void CompareArguments(const Difference& slot, std::span<const NameId> a, std::span<const NameId> b,
                        DifferenceList* list) const;
  Difference LongerList(Difference slot, std::span<const NameId> a, std::span<const NameId> b) const;
  void CompareAttributes(OpId a, OpId b, DifferenceList* list) const;
  bool AttributesEqual(std::string_view name, const AttrView& a, const AttrView& b) const;
  bool NumberedEqual(std::string_view name, const AttrView& a, const AttrView& b) const;
  bool SameSet(std::span<const NameId> a, std::span<const NameId> b) const;
  bool BlocksEqual(const AttrView& a, const AttrView& b) const;
  bool BlockNumbersEqual(int32_t a, int32_t b) const;
  bool TextsEqual(std::string_view a, std::string_view b) const;

  const ComparedProgram& a_;
  const ComparedProgram& b_;
  const Matching& matching_;
  const DiffOptions& options_;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_COMPARER_H_
