// Two programs that are compared, and what of one is what of the other.
#ifndef PDQUANT_DIFF_MATCHING_H_
#define PDQUANT_DIFF_MATCHING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/index.h"
#include "text/op_text.h"

namespace pdquant {

struct DiffOptions;

// One of the two programs, and what is asked of it more than once.
class ComparedProgram {
 public:
  explicit ComparedProgram(const Index& index);

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

// "No partner", of ops, blocks and names.
inline constexpr uint32_t kNoPartner = UINT32_MAX;

// Partners of both programs, each the inverse of the other.
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
  // Where names are ignored: what Paddle's counters numbered in A (a path of name scopes, a function), and what it is
  // in B. Consistent, as renames are.
  std::map<std::string, std::string> numbered;

  // The same seen from the other program.
  Matching Swapped() const;
};

// Finds out which ops, blocks and variables of two programs are the same. Works for any two programs, whatever rules
// they break; n log n in their ops. Match(b, a) is Match(a, b) swapped.
Matching Match(const ComparedProgram& a, const ComparedProgram& b, const DiffOptions& options);

// Walks through two sorted lists at once: `take` gets an element of each where `before` doesn't tell them apart, else
// one and null. It ends where `take` returns false.
template <typename T, typename Before, typename Take>
void ForEachPair(const std::vector<T>& a, const std::vector<T>& b, Before&& before, Take&& take) {
  size_t i = 0;
  size_t j = 0;
  bool on = true;
  while (on && i < a.size() && j < b.size()) {
    if (before(a[i], b[j])) {
      on = take(&a[i++], nullptr);
    } else if (before(b[j], a[i])) {
      on = take(nullptr, &b[j++]);
    } else {
      on = take(&a[i++], &b[j++]);
    }
  }
  while (on && i < a.size()) on = take(&a[i++], nullptr);
  while (on && j < b.size()) on = take(nullptr, &b[j++]);
}

// The same for what both lists have: `take` gets an element of each.
template <typename T, typename Before, typename Take>
void ForEachCommon(const std::vector<T>& a, const std::vector<T>& b, Before&& before, Take&& take) {
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (before(a[i], b[j])) {
      ++i;
    } else if (before(b[j], a[i])) {
      ++j;
    } else {
      take(a[i++], b[j++]);
    }
  }
}

}  // namespace pdquant

#endif  // PDQUANT_DIFF_MATCHING_H_
