// Which block lies in which, by parent_idx.
#ifndef PDQUANT_IR_BLOCK_TREE_H_
#define PDQUANT_IR_BLOCK_TREE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ir/program.h"

namespace pdquant {

// Numbers the blocks so that a block and all that lie in it have consecutive positions: first(b) to end(b) - 1. Linear,
// however deep they are nested. A block whose parent is no earlier block counts as one that lies in none.
class BlockTree {
 public:
  explicit BlockTree(std::span<const Block> blocks);

  uint32_t first(size_t block) const { return first_[block]; }
  uint32_t end(size_t block) const { return first_[block] + size_[block]; }
  // Whether `inner` is `outer` or lies in it.
  bool Holds(size_t outer, size_t inner) const { return first(outer) <= first(inner) && first(inner) < end(outer); }

 private:
  std::vector<uint32_t> first_;
  std::vector<uint32_t> size_;
};

}  // namespace pdquant

#endif  // PDQUANT_IR_BLOCK_TREE_H_
