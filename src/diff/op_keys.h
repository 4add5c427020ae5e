// Numbers by which ops are matched: equal where ops are alike in one respect. They decide only what is compared with
// what, never whether it is equal.
#ifndef PDQUANT_DIFF_OP_KEYS_H_
#define PDQUANT_DIFF_OP_KEYS_H_

#include <cstdint>
#include <vector>

#include "diff/ignore.h"
#include "diff/side.h"

namespace pdquant {

// The texts of both sides as common numbers: those of `a` keep theirs.
std::vector<uint64_t> CommonNumbers(const DiffSide& a);
std::vector<uint64_t> CommonNumbers(const DiffSide& a, const DiffSide& b);

// The keys of one op.
struct OpKeys {
  uint64_t type = 0;
  uint64_t attributes = 0;  // all but blocks and what is ignored
  uint64_t plain = 0;       // those of them that can't hold names of variables
  uint64_t form = 0;        // type, slots, types of variables, plain attributes: no names
  uint64_t inputs = 0;      // slots and names; 0 without any
  uint64_t outputs = 0;     // the same
  uint64_t result = 0;  // the name of the first output, in the order of slots; that of Out, Output or Y before others
};

// Of all ops. `numbers` is by name of the side.
std::vector<OpKeys> KeysOf(const DiffSide& side, const std::vector<uint64_t>& numbers, const IgnoreRules& ignore);

// By op: its form, and that of the ops that made what it reads, `radius` steps back in its block.
std::vector<uint64_t> ContextKeys(const DiffSide& side, const std::vector<OpKeys>& keys, int radius);

// Mixes numbers in order.
uint64_t MixKeys(uint64_t seed, uint64_t value);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_OP_KEYS_H_
