// What blocks are called in texts that are compared: by the op that runs them, since their numbers change with every
// block that is added in front of them.
#ifndef PDQUANT_TEXT_BLOCK_LABELS_H_
#define PDQUANT_TEXT_BLOCK_LABELS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ir/index.h"

namespace pdquant {

// "main"; "while:OUT" for the body of the while op whose first output is OUT; "unowned" for a block that no op owns.
// Where several have one label, the second is called LABEL#2, and so on. Each label is one word, or quoted. Works for
// any program, whatever rules it breaks.
class BlockLabels {
 public:
  explicit BlockLabels(const Index& index);

  // By position in the program.
  const std::string& label(size_t block) const { return labels_[block]; }
  // What an attribute or a field of a block refers to: a label, "none" for -1, "(no block 7)".
  std::string Reference(int32_t block) const;

 private:
  std::vector<std::string> labels_;
};

}  // namespace pdquant

#endif  // PDQUANT_TEXT_BLOCK_LABELS_H_
