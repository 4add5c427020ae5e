// What of one program is what of another.
#ifndef PDQUANT_DIFF_MATCHING_H_
#define PDQUANT_DIFF_MATCHING_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "ir/index.h"

namespace pdquant {

// "No partner", of ops, blocks and names.
inline constexpr uint32_t kNoPartner = UINT32_MAX;

// Partners on both sides, each the inverse of the other.
struct Partners {
  std::vector<uint32_t> b_of_a;
  std::vector<uint32_t> a_of_b;

  Partners() = default;
  Partners(size_t count_a, size_t count_b) : b_of_a(count_a, kNoPartner), a_of_b(count_b, kNoPartner) {}
  void Join(uint32_t a, uint32_t b) {
    b_of_a[a] = b;
    a_of_b[b] = a;
  }
  void Part(uint32_t a) {
    a_of_b[b_of_a[a]] = kNoPartner;
    b_of_a[a] = kNoPartner;
  }
};

// A block of each program that are one, and the ops that run them; kNoPartner for main and for blocks without an owner.
struct BlockPair {
  uint32_t a;
  uint32_t b;
  OpId owner_a = kNoPartner;
};

struct Matching {
  Partners ops;
  Partners blocks;
  // A variable's name of A means that of B: the same one, or the one that it was renamed to.
  Partners names;
  std::vector<std::pair<NameId, NameId>> renames;  // in the order of A's names
  std::vector<BlockPair> block_pairs;              // main first, each after the block of its owner
  // By op of A: its place among the ops that have partners is another one.
  std::vector<bool> moved;

  // The same seen from the other side.
  Matching Swapped() const;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_MATCHING_H_
