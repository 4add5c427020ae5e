// Which writes of a variable leave its values as they are: an op that gives a tensor another shape in place (X = Out).
// What was quantized before such an op needs no second pair behind it.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_SAME_VALUES_H_
#define PDQUANT_QUANTIZE_TRANSPILE_SAME_VALUES_H_

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

#include "analysis/value_numbers.h"
#include "ir/index.h"

namespace pdquant {

// A value of a variable, by two numbers of ValueNumbers.
struct SameValue {
  // The first number with these values in this shape.
  uint32_t number = 0;
  // The first with these values where only the first dimension counts, and the others as one. It may be the number of
  // another shape.
  uint32_t flat = 0;
};

class SameValues {
 public:
  SameValues(const Index& index, const ValueNumbers& values);

  // Around ValueNumbers::Run of an op: before it, and behind it.
  void Before(uint32_t block, OpId op);
  void Behind();

  // What `var` holds now.
  SameValue Of(VarId var) const;

 private:
  struct Note {
    uint32_t present;
    SameValue value;
  };

  const Index& index_;
  const ValueNumbers& values_;
  std::vector<NameId> reshaping_;      // the types of such ops that the program has
  tsl::robin_map<VarId, Note> notes_;  // of variables that such an op wrote
  // Of the op at hand; kNoVar where it isn't one.
  VarId var_ = kNoVar;
  SameValue before_;
  bool same_shape_ = false;
  bool same_flat_ = false;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_SAME_VALUES_H_
