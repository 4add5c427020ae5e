// How the ops of a program hang together, whatever its variables are called: ops of two programs are matched by all
// that they come from and all that comes from them.
#ifndef PDQUANT_DIFF_STRUCTURE_H_
#define PDQUANT_DIFF_STRUCTURE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "diff/matching.h"

namespace pdquant {

// A value is what an op writes to a variable, until another op of its block writes it; or what a variable holds when
// its block begins.
class ProgramStructure {
 public:
  // A value that an op reads or writes, and where: a number that stands for the slot and the position in it. An op that
  // runs a block lists the variables of that block in any order: there all of a slot have one place.
  struct Use {
    uint64_t place;
    uint32_t value;
  };
  struct Reader {
    uint64_t place;
    OpId op;
  };

  // `forms` is by op: equal where ops are alike but for names. `numbers` is by name: equal for equal texts in both
  // programs. Linear in the arguments, but for sorting.
  ProgramStructure(const ComparedProgram& compared, std::vector<uint64_t> forms, const std::vector<uint64_t>& numbers);

  // Equal where the op, all ops of its block that its operands come from, and all that its results go to are alike, and
  // so are the users of the variables that they share.
  uint64_t key(OpId op) const { return keys_[op]; }
  // Sorted by place.
  std::span<const Use> inputs(OpId op) const { return Of(inputs_, input_ends_, op); }
  std::span<const Use> outputs(OpId op) const { return Of(outputs_, output_ends_, op); }
  size_t value_count() const { return writers_.size(); }
  // kNoPartner for a value that no op of its block writes.
  OpId writer(uint32_t value) const { return writers_[value]; }
  std::span<const Reader> readers(uint32_t value) const { return Of(readers_, reader_ends_, value); }

 private:
  template <typename T>
  static std::span<const T> Of(const std::vector<T>& all, const std::vector<size_t>& ends, uint32_t i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span(all).subspan(begin, ends[i] - begin);
  }

  void CollectUses(const ComparedProgram& compared, const std::vector<uint64_t>& numbers);
  void CollectReaders();
  void ComputeKeys(const ComparedProgram& compared, const std::vector<uint64_t>& forms);

  std::vector<uint64_t> keys_;
  std::vector<Use> inputs_;
  std::vector<size_t> input_ends_;  // by op
  std::vector<Use> outputs_;
  std::vector<size_t> output_ends_;
  std::vector<OpId> writers_;  // by value
  std::vector<NameId> names_;  // by value
  std::vector<Reader> readers_;
  std::vector<size_t> reader_ends_;  // by value
};

// Gives ops of a pair of blocks their partners where their keys are equal. Of several with one key those are partners
// whose operands and results belong together already; the first ones where nothing tells them apart.
void MatchStructures(const ComparedProgram& program_a, const ProgramStructure& a, const ComparedProgram& program_b,
                     const ProgramStructure& b, const BlockPair& pair, Partners* ops);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_STRUCTURE_H_
