#include "ir/block_tree.h"

namespace pdquant {

BlockTree::BlockTree(std::span<const Block> blocks) : first_(blocks.size()), size_(blocks.size(), 1) {
  const auto has_parent = [&](size_t b) { return blocks[b].parent >= 0 && static_cast<size_t>(blocks[b].parent) < b; };
  for (size_t b = blocks.size(); b-- > 0;) {
    if (has_parent(b)) size_[static_cast<size_t>(blocks[b].parent)] += size_[b];
  }
  std::vector<uint32_t> next(blocks.size());  // where the next block begins that lies in this one
  uint32_t next_root = 0;
  for (size_t b = 0; b < blocks.size(); ++b) {
    uint32_t& position = has_parent(b) ? next[static_cast<size_t>(blocks[b].parent)] : next_root;
    first_[b] = position;
    position += size_[b];
    next[b] = first_[b] + 1;
  }
}

}  // namespace pdquant
