// What people ask for when accuracy has fallen: which layer? One line for each weight whose values were changed.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_WEIGHT_REPORT_H_
#define PDQUANT_QUANTIZE_WEIGHTS_WEIGHT_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantize/weights/rounding.h"

namespace pdquant {

struct WeightLine {
  std::string name;    // in the new model
  std::string source;  // in the old one
  std::vector<int64_t> dims;
  std::string from_type;  // "FP32"
  std::string to_type;    // "INT8"
  uint64_t from_bytes = 0;
  uint64_t to_bytes = 0;
  int32_t bits = 0;            // of the integers: what the largest of them needs where there is no float weight; 0 for
                               // integers that are all 0 there
  std::optional<float> scale;  // s; nothing where the model doesn't tell
  std::optional<double> step;  // s / R, the value of one integer step
  RoundingError error;         // against the float weight; only counts, zeros and saturated where that isn't at hand
  bool has_float_weight = false;
};

// Sorts the lines, the worst first: by SQNR, those without noise or without a float weight last, then by name.
void SortWorstFirst(std::vector<WeightLine>* lines);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_WEIGHT_REPORT_H_
