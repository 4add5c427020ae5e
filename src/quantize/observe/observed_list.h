// What the output that `observe` adds to a model holds, number by number. Who makes the model has the list, and who
// reads rows of that output finds it in the model again.
#ifndef PDQUANT_QUANTIZE_OBSERVE_OBSERVED_LIST_H_
#define PDQUANT_QUANTIZE_OBSERVE_OBSERVED_LIST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/index.h"

namespace pdquant {

// The output, and what the names of all variables begin with that make it.
inline constexpr std::string_view kObservedOutput = "pdquant.observed";
inline constexpr std::string_view kObservedPrefix = "pdquant.";

// What there is of each value.
enum class ObservedKind : uint8_t {
  kRanges,      // its least and its largest number
  kHistograms,  // how many numbers |x| lie in each of kHistogramBins equal parts from 0 to `limit`
  kErrors,      // of a twin: the mean of x², and of (x − what the quantized program has in its place)²
};

inline constexpr int32_t kHistogramBins = 2048;
// The range of a value of a branch or a loop that a run didn't come to: the least number is above the largest.
inline constexpr float kNoLeast = std::numeric_limits<float>::max();
inline constexpr float kNoLargest = -kNoLeast;
inline constexpr size_t kFingerprintSize = 3;

// A row is the fingerprint, then the numbers of each value.
struct ObservedList {
  struct Value {
    std::string name;     // of the variable; of a twin, its name in the float program
    std::string op_type;  // of the op that writes it; empty for what is fed
    double limit = 0;     // of a histogram: where the last part ends
  };
  ObservedKind kind = ObservedKind::kRanges;
  std::array<float, kFingerprintSize> fingerprint = {};  // whole numbers below 2^24, which every runtime keeps
  std::vector<Value> values;                             // in the order of the program; a name may come twice

  size_t numbers_per_value() const { return kind == ObservedKind::kHistograms ? kHistogramBins : 2; }
  size_t row_size() const { return kFingerprintSize + values.size() * numbers_per_value(); }
};

// Of what is observed, and of the types of the program's ops before it was instrumented.
std::array<float, kFingerprintSize> FingerprintOf(const ObservedList& list, const Index& program);

// Whether a program has the output.
bool IsObserved(const Index& index);
// Finds the list by the ops that make the output. Errors: kBadInput for a program that `observe` didn't make.
Result<ObservedList> ReadObservedList(const Index& index);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_OBSERVED_LIST_H_
