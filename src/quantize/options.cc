#include "quantize/options.h"

#include <string>
#include <string_view>

namespace pdquant {
namespace {

constexpr int32_t kLargestWindow = 1 << 20;

Status CheckRange(std::string_view option, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return {};
  return UsageError(std::string(option) + ": " + std::to_string(value) + " is not between " + std::to_string(low) +
                    " and " + std::to_string(high));
}

}  // namespace

Status Validate(const TranspileOptions& options) {
  if (Status s = CheckRange("--weight-bits", options.weight_bits, 2, 16); !s.ok()) return s;
  if (Status s = CheckRange("--activation-bits", options.activation_bits, 2, 16); !s.ok()) return s;
  if (Status s = CheckRange("--window-size", options.window_size, 1, kLargestWindow); !s.ok()) return s;
  if (!(options.moving_rate > 0 && options.moving_rate < 1))
    return UsageError("--moving-rate: has to be above 0 and below 1");
  return {};
}

}  // namespace pdquant
