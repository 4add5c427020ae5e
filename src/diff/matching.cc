#include "diff/matching.h"

#include <algorithm>

namespace pdquant {

Matching Matching::Swapped() const {
  Matching swapped = *this;
  std::swap(swapped.ops.b_of_a, swapped.ops.a_of_b);
  std::swap(swapped.blocks.b_of_a, swapped.blocks.a_of_b);
  std::swap(swapped.names.b_of_a, swapped.names.a_of_b);
  for (auto& [a, b] : swapped.renames) std::swap(a, b);
  std::sort(swapped.renames.begin(), swapped.renames.end());
  for (BlockPair& pair : swapped.block_pairs) {
    std::swap(pair.a, pair.b);
    if (pair.owner_a != kNoPartner) pair.owner_a = ops.b_of_a[pair.owner_a];
  }
  swapped.moved.assign(swapped.ops.b_of_a.size(), false);
  for (OpId a = 0; a < moved.size(); ++a) {
    if (moved[a]) swapped.moved[ops.b_of_a[a]] = true;
  }
  return swapped;
}

}  // namespace pdquant
