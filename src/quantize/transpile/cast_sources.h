// Mixed precision: an op reads a value through a cast to another type, and perhaps a change of shape. The value is
// quantized in front of the cast.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_CAST_SOURCES_H_
#define PDQUANT_QUANTIZE_TRANSPILE_CAST_SOURCES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analysis/value_numbers.h"
#include "ir/index.h"
#include "quantize/selection.h"

namespace pdquant {

class CastSources {
 public:
  struct Source {
    OpId cast = kNoOp;
    uint32_t block = 0;  // of the cast
    NameId slot = kNoName;
    NameId name = kNoName;
    VarId var = kNoVar;      // what the cast reads
    std::vector<OpId> path;  // from the op that writes the operand back to the cast
  };

  CastSources(const Index& index, const ValueNumbers& values, const OpSelection& selection)
      : index_(index), values_(values), selection_(selection) {}

  // The walk passes an op of `block`, which may be a cast.
  void Visit(uint32_t block, OpId op);

  // What the present value of `var` was cast from: the nearest value that `is_quantizable`. Nothing where a cast
  // doesn't write it, or what only changes its shape; where the source was overwritten since; and where an op that
  // isn't quantized reads a result on the way, too: it would be rounded with it.
  std::optional<Source> Behind(VarId var, const std::function<bool(VarId)>& is_quantizable);

  // The pair that a cast reads now, itself or through the one before; nothing where it was left as it is.
  std::optional<uint32_t> PairOf(OpId cast) const;
  void SetPair(OpId cast, uint32_t pair) { pairs_[cast] = pair; }

 private:
  bool IsQuantized(OpId op) const;
  bool HasFloatReader(VarId var);

  const Index& index_;
  const ValueNumbers& values_;
  const OpSelection& selection_;
  std::unordered_map<OpId, uint32_t> read_;      // by op that keeps elements: the number of the value that it read
  std::unordered_map<OpId, uint32_t> pairs_;     // by op of a path
  std::optional<std::vector<bool>> float_read_;  // by variable; made when first asked for
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_CAST_SOURCES_H_
