// The difference of two tensors' values.
#ifndef PDQUANT_DIFF_TENSOR_DIFF_H_
#define PDQUANT_DIFF_TENSOR_DIFF_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/tensor_record.h"

namespace pdquant {

// Fills a buffer with the data of a tensor from a byte on.
using TensorRead = std::function<Status(uint64_t begin, std::span<char> into)>;

struct ComparedTensor {
  std::string name;                      // raw; empty where the file doesn't say
  uint64_t number = 0;                   // in its file
  const RecordHeader* header = nullptr;  // null where there is no such tensor
  TensorRead read;
};

// What differs. Values are compared only where both have one type and one shape.
struct TensorChange {
  std::string name_a;
  std::string name_b;
  uint64_t number = 0;
  std::optional<std::string> type_a;  // "FP32 [20, 1, 5, 5]"; nothing where there is no such tensor
  std::optional<std::string> type_b;
  bool type_differs = false;
  bool lod_differs = false;
  uint64_t values = 0;     // of each
  uint64_t differing = 0;  // of them
  uint64_t one_nan = 0;    // of the differing: a number on one side, none on the other
  // Of the differing that are numbers on both sides. `has_largest` is false without any, and for complex numbers.
  bool has_largest = false;
  double largest = 0;
  double mean = 0;             // over all values
  std::vector<int64_t> where;  // the index of the first one with the largest difference
  std::string value_a;         // there
  std::string value_b;
};

// Nothing where both are equal: values to the bit, or with `tolerance` above 0 those that differ by no more than it,
// and any NaN to any NaN. Reads each byte at most once, in pieces. Errors: those of the reads.
Result<std::optional<TensorChange>> CompareTensors(const ComparedTensor& a, const ComparedTensor& b, double tolerance);

// "12 of 500 values differ, by 0.25 at most at [3, 0, 1, 2] (0.5 -> 0.75), by 0.001 on average".
std::string DescribeTensorChange(const TensorChange& change);

// "tensor conv2d_0.w_0", "tensor a -> b", "tensor 3": escaped.
std::string NameTensorChange(const TensorChange& change);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_TENSOR_DIFF_H_
