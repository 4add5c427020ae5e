// Numbers by which ops are matched: equal where ops are alike in one respect. They decide only what is compared with
// what, never whether it is equal.
#ifndef PDQUANT_DIFF_OP_KEYS_H_
#define PDQUANT_DIFF_OP_KEYS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "diff/comparer.h"
#include "diff/matching.h"
#include "diff/structure.h"

namespace pdquant {

// The keys of one op.
struct OpKeys {
  uint64_t type = 0;
  uint64_t attributes = 0;  // all but blocks and what is ignored
  uint64_t plain = 0;       // those of them that hold neither names of variables nor numbers of Paddle's counters
  uint64_t form = 0;        // type, slots, types of variables, plain attributes: no names
  uint64_t inputs = 0;      // slots and names; 0 without any
  uint64_t outputs = 0;     // the same
  uint64_t result = 0;  // the name of the first output, in the order of slots; that of Out, Output or Y before others
};

// The keys of two programs, by op; equal names have equal numbers in both.
struct MatchKeys {
  MatchKeys(const ComparedProgram& a, const ComparedProgram& b, const IgnoreRules& ignore);
  // Fills in what only some matchings need.
  void AddStructure(const ComparedProgram& a, const ComparedProgram& b);

  std::vector<OpKeys> ops_a;
  std::vector<OpKeys> ops_b;
  // An op's form, and that of the ops that made what it reads, some steps back in its block. 0 until they are added.
  std::vector<uint64_t> context_a;
  std::vector<uint64_t> context_b;
  std::optional<ProgramStructure> structure_a;
  std::optional<ProgramStructure> structure_b;

 private:
  std::vector<uint64_t> numbers_a_;  // by name
  std::vector<uint64_t> numbers_b_;
};

// Mixes numbers in order.
uint64_t MixKeys(uint64_t seed, uint64_t value);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_OP_KEYS_H_
