// The pairs that a walk has made, and which of them a reader may share.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_PAIR_TABLE_H_
#define PDQUANT_QUANTIZE_TRANSPILE_PAIR_TABLE_H_

#include <tsl/robin_map.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/block_stack.h"
#include "ir/index.h"
#include "quantize/transpile/pair_maker.h"
#include "quantize/transpile/same_values.h"

namespace pdquant {

struct Pair {
  VarId var = kNoVar;
  SameValue value;  // of that variable: the one that is quantized
  PairRequest request;
  FormValue form;
};

// How a value is rounded. A reader shares the pairs that round as it wants.
struct Rounding {
  const ScaleKind* kind = nullptr;
  int32_t bits = 0;
  int32_t axis = kWholeTensor;
  bool operator==(const Rounding&) const = default;

  static Rounding Of(const PairRequest& request) { return {request.scale_kind, request.bits, request.axis}; }
};

class PairTable {
 public:
  // Both have to outlive the table.
  PairTable(const Index& index, const BlockStack& open)
      : index_(index), open_(open), has_(index.program().var_count()) {}

  const Pair& operator[](uint32_t pair) const { return pairs_[pair]; }
  // The number of the new pair.
  uint32_t Add(Pair pair);
  // The innermost open block, at `level`, was left.
  void Close(size_t level);

  // Whether some value of the variable has a pair.
  bool Has(VarId var) const { return has_[var]; }
  // A pair of the value `number` of `var` that stands in `block`. One that serves the backward serves nobody else.
  std::optional<uint32_t> Find(VarId var, uint32_t number, const Rounding& rounding, uint32_t block,
                               bool backward_reader) const;
  // A pair that the innermost block sees and that has the value read there, whichever time its bodies run.
  std::optional<uint32_t> FindOpen(VarId var, uint32_t number, const Rounding& rounding, bool backward_reader) const;
  // For blocks that nothing runs: a pair of a block around, by parent_idx.
  std::optional<uint32_t> FindAround(VarId var, uint32_t number, const Rounding& rounding, uint32_t block,
                                     bool backward_reader) const;

 private:
  // A variable's value in the block where its pair stands.
  struct Key {
    VarId var;
    uint32_t number;
    uint32_t block;
    bool backward;  // made for a backward op: goes with the backward
    Rounding rounding;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  const Index& index_;
  const BlockStack& open_;
  std::vector<Pair> pairs_;
  std::vector<bool> has_;  // by variable
  tsl::robin_map<Key, uint32_t, KeyHash> by_value_;
  std::unordered_map<Key, std::vector<uint32_t>, KeyHash> in_open_bodies_;  // by variable and value
  std::vector<std::vector<uint32_t>> of_level_;                             // those in open bodies
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_PAIR_TABLE_H_
