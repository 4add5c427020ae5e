// What the transpiler can be told: names, values and defaults of the QuantizeTranspiler of paddlepaddle 1.8.5.
#ifndef PDQUANT_QUANTIZE_OPTIONS_H_
#define PDQUANT_QUANTIZE_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"

namespace pdquant {

// How the scale of a tensor, the threshold max|x|, is found.
enum class ScaleType {
  kAbsMax,               // anew at each step
  kRangeAbsMax,          // the largest of a window of steps
  kMovingAverageAbsMax,  // a running average
};

// "abs_max", "range_abs_max", "moving_average_abs_max".
std::string_view ToString(ScaleType type);
std::optional<ScaleType> ParseScaleType(std::string_view name);

struct TranspileOptions {
  int32_t weight_bits = 8;      // 2 to 16
  int32_t activation_bits = 8;  // 2 to 16
  ScaleType weight_quantize_type = ScaleType::kAbsMax;
  ScaleType activation_quantize_type = ScaleType::kAbsMax;
  int32_t window_size = 10000;  // steps, for range_abs_max; 1 to 2^20
  float moving_rate = 0.9F;     // for moving_average_abs_max; above 0, below 1
  bool for_test = false;        // the test form: no backward, no optimizer, is_test set
};

// Errors: kUsage, naming the option and its range.
Status Validate(const TranspileOptions& options);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OPTIONS_H_
