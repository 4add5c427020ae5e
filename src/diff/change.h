// What changed between two programs, as a list.
#ifndef PDQUANT_DIFF_CHANGE_H_
#define PDQUANT_DIFF_CHANGE_H_

#include <cstdint>
#include <vector>

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
  bool changed = false;      // in itself: Differences says what
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
  size_t program_facts = 0;
  size_t equal_ops = 0;
};

// A quantize op that is inserted or removed, with the dequantize op that takes its result.
struct QuantizePair {
  uint32_t first;               // the change of the op that quantizes, or that does both
  uint32_t second = kNoChange;  // the change of the op that dequantizes
};

// An argument of an op that stays: it is another name for no other reason than ops that are inserted or removed.
struct Rewired {
  uint32_t leader;  // the change of those ops
  uint32_t change;  // of the op that stays
  uint32_t difference;
};

struct ChangeList {
  std::vector<Change> changes;      // block after block, in order
  std::vector<QuantizePair> pairs;  // by first
  std::vector<Rewired> rewired;     // by leader
  ChangeCounts counts;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_CHANGE_H_
