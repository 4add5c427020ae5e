// One of the two programs that are compared, and what is asked of it more than once.
#ifndef PDQUANT_DIFF_SIDE_H_
#define PDQUANT_DIFF_SIDE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "ir/index.h"
#include "text/block_labels.h"

namespace pdquant {

class DiffSide {
 public:
  explicit DiffSide(const Index& index);

  const Index& index() const { return *index_; }
  const Program& program() const { return index_->program(); }
  const BlockLabels& labels() const { return labels_; }

  // The attributes of an op that name blocks, in the order of the file.
  std::span<const BlockReference> blocks_of(OpId op) const;
  // Whether a name is that of a variable: declared, or an argument of an op.
  bool is_variable(NameId name) const { return (uses_[name] & (kDeclared | kArgument)) != 0; }
  bool is_argument(NameId name) const { return (uses_[name] & kArgument) != 0; }

 private:
  enum Use : uint8_t { kDeclared = 1, kArgument = 2 };

  const Index* index_;
  BlockLabels labels_;
  std::vector<uint8_t> uses_;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_SIDE_H_
