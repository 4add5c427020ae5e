// The difference of two programs, by meaning: what changed, as a list.
#ifndef PDQUANT_DIFF_PROGRAM_DIFF_H_
#define PDQUANT_DIFF_PROGRAM_DIFF_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diff/comparer.h"
#include "diff/matching.h"

namespace pdquant {

inline constexpr uint32_t kNoChange = UINT32_MAX;

struct Change {
  enum class What : uint8_t { kProgram, kRenames, kBlock, kOp, kVar };
  What what = What::kOp;
  // The numbers of the op, variable or block in both programs; without the first it is inserted, without the second
  // removed.
  uint32_t a = kNoPartner;
  uint32_t b = kNoPartner;
  bool changed = false;      // in itself: ProgramDiff::Differences says what
  bool moved = false;        // only ops
  bool with_effect = false;  // moved, so that values change: MovesWithEffect
  uint32_t depth = 0;        // of the block it is in: 0 for main
  // The change that explains this one, such as an inserted op its variables: it may go without a line. kNoChange for
  // one that stands for itself.
  uint32_t leader = kNoChange;

  bool inserted() const { return a == kNoPartner && b != kNoPartner; }
  bool removed() const { return b == kNoPartner && a != kNoPartner; }
};

struct ChangeCounts {
  struct Each {
    size_t inserted = 0;
    size_t removed = 0;
    size_t changed = 0;
  };
  Each ops;
  Each vars;
  Each blocks;  // `changed`: of the block itself
  size_t moved = 0;
  size_t moved_with_effect = 0;  // of them
  size_t renamed = 0;
  size_t program_properties = 0;
};

// A quantize op that is inserted or removed, with the dequantize op that takes its result.
struct QuantizePair {
  uint32_t first;               // the change of the op that quantizes, or that does both
  uint32_t second = kNoChange;  // the change of the op that dequantizes
};

// An argument of an op that stays: it is another name for no other reason than ops that are inserted or removed.
struct Rewired {
  uint32_t leader;   // the change of those ops
  uint32_t change;   // of the op that stays
  std::string slot;  // raw
};

struct ChangeList {
  std::vector<Change> changes;      // block after block, in order
  std::vector<QuantizePair> pairs;  // by first
  std::vector<Rewired> rewired;     // by leader
  ChangeCounts counts;
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
  const ComparedProgram& a() const { return a_; }
  const ComparedProgram& b() const { return b_; }
  const Matching& matching() const { return matching_; }

  // What a variable of A is called in B; its own name where it has no partner.
  std::string_view NameInB(std::string_view name) const;

  // What differs in itself. Made anew at each call.
  std::vector<Difference> Differences(const Change& change) const;

 private:
  DiffOptions options_;
  ComparedProgram a_;
  ComparedProgram b_;
  Matching matching_;
  Comparer comparer_;
  ChangeList list_;
};

// The steps of a ProgramDiff.

// By op of A: it moved, and because of that some op reads another value, or writes in another order to a variable. What
// an op's blocks read and write counts as its own. In doubt an op counts as one that does.
std::vector<bool> MovesWithEffect(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching);

// Walks through both programs at once, and lists what isn't the same. `with_effect` is by op of A (MovesWithEffect).
// Ops that moved without effect are left out where the options ignore the order, variables that were renamed where they
// ignore names. Linear, but for sorting.
ChangeList ListChanges(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching,
                       const Comparer& comparer, const std::vector<bool>& with_effect, const DiffOptions& options);

// Sets the leaders of changes that follow from others: the variables of ops that are inserted or removed; the
// dequantize op of a quantize op; ops whose only change is that they read or write what such ops make. Fills in the
// list's `pairs` and `rewired`.
void GroupChanges(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching,
                  const Comparer& comparer, ChangeList* list);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_PROGRAM_DIFF_H_
