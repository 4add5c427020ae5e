// Which ops read and write each variable.
#ifndef PDQUANT_ANALYSIS_USES_H_
#define PDQUANT_ANALYSIS_USES_H_

#include <tsl/robin_set.h>

#include <cstdint>
#include <span>
#include <vector>

#include "ir/index.h"

namespace pdquant {

class Uses {
 public:
  // Needs a program that has been checked. Linear in its size.
  explicit Uses(const Index& index);

  // Each op once for each argument that is the variable, in the order of the program. Names in the lists of control ops
  // count as well.
  std::span<const OpId> readers(VarId var) const { return Of(readers_, reader_ends_, var); }
  std::span<const OpId> writers(VarId var) const { return Of(writers_, writer_ends_, var); }
  // Whether a reader only lists the variable for the blocks that it runs: a control op that names it in no other slot,
  // such as that of its condition.
  bool OnlyLists(OpId op, VarId var) const { return listed_.contains(Key(op, var)); }
  // Whether an attribute names the variable.
  bool named_by_attribute(VarId var) const { return named_[var]; }

 private:
  static std::span<const OpId> Of(const std::vector<OpId>& ops, const std::vector<uint32_t>& ends, VarId var) {
    const uint32_t begin = var == 0 ? 0 : ends[var - 1];
    return std::span(ops).subspan(begin, ends[var] - begin);
  }

  static uint64_t Key(OpId op, VarId var) { return uint64_t{op} << 32U | var; }
  void NoteLists(const Index& index, OpId op);

  std::vector<OpId> readers_;
  std::vector<uint32_t> reader_ends_;  // by variable
  std::vector<OpId> writers_;
  std::vector<uint32_t> writer_ends_;
  std::vector<bool> named_;
  tsl::robin_set<uint64_t> listed_;
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_USES_H_
