// What the rules ask of the values of a model's parameters, found in one pass over their bytes.
#ifndef PDQUANT_CHECK_PARAMETER_FACTS_H_
#define PDQUANT_CHECK_PARAMETER_FACTS_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "base/status.h"
#include "model/parameter_reader.h"

namespace pdquant {

// The first value that something holds of.
struct FirstValue {
  static constexpr uint64_t kNone = UINT64_MAX;
  uint64_t index = kNone;
  double value = 0;
  bool found() const { return index != kNone; }
};

// Of numbers only: float types and integers. Other types have no facts but their count.
struct ParameterFacts {
  uint64_t count = 0;
  double first = 0;    // the value with index 0
  double max_abs = 0;  // of the finite ones
  double min_abs = std::numeric_limits<double>::infinity();
  FirstValue not_finite;  // of float types
  FirstValue negative;
  FirstValue fraction;       // finite, and no integer
  bool zero_column = false;  // of a matrix: some column has nothing but zeros

  bool HasOnlyIntegers() const { return count != 0 && !fraction.found() && !not_finite.found(); }
};

// In the order of the reader's parameters. Each byte is read once, nothing is held whole. Errors: kIo.
Result<std::vector<ParameterFacts>> ReadParameterFacts(ParameterReader* reader);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_PARAMETER_FACTS_H_
