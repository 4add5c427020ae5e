#include "quantize/options.h"

#include <array>
#include <string>
#include <utility>

namespace pdquant {
namespace {

constexpr std::array<std::pair<ScaleType, std::string_view>, 3> kNames = {{
    {ScaleType::kAbsMax, "abs_max"},
    {ScaleType::kRangeAbsMax, "range_abs_max"},
    {ScaleType::kMovingAverageAbsMax, "moving_average_abs_max"},
}};

constexpr int32_t kLargestWindow = 1 << 20;

Status CheckRange(std::string_view option, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return {};
  return UsageError(std::string(option) + ": " + std::to_string(value) + " is not between " + std::to_string(low) +
                    " and " + std::to_string(high));
}

}  // namespace

std::string_view ToString(ScaleType type) {
  for (const auto& [value, name] : kNames) {
    if (value == type) return name;
  }
  return "";
}

std::optional<ScaleType> ParseScaleType(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

Status Validate(const TranspileOptions& options) {
  if (Status s = CheckRange("--weight-bits", options.weight_bits, 2, 16); !s.ok()) return s;
  if (Status s = CheckRange("--activation-bits", options.activation_bits, 2, 16); !s.ok()) return s;
  if (Status s = CheckRange("--window-size", options.window_size, 1, kLargestWindow); !s.ok()) return s;
  if (!(options.moving_rate > 0 && options.moving_rate < 1))
    return UsageError("--moving-rate: has to be above 0 and below 1");
  return {};
}

}  // namespace pdquant
