#include "calibrate/scales.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "base/shortest_text.h"
#include "calibrate/thresholds.h"

namespace pdquant {
namespace {

// What lies closer to 0 than this share of the threshold has no part in a variable that "stays away from 0".
constexpr double kAwayFromZero = 0.5;

}  // namespace

bool NeedsHistograms(ScaleAlgorithm algorithm) {
  return algorithm != ScaleAlgorithm::kAbsMax && algorithm != ScaleAlgorithm::kAverage;
}

Calibration::Calibration(const ObservedList& list) : kind_(list.kind), numbers_(list.numbers_per_value()) {
  std::map<std::string_view, size_t> known;
  for (const ObservedList::Value& value : list.values) {
    const auto [entry, is_new] = known.try_emplace(value.name, variables_.size());
    variable_of_.push_back(entry->second);
    if (!is_new) continue;
    Variable& variable = variables_.emplace_back();
    variable.name = value.name;
    variable.limit = value.limit;
    if (kind_ == ObservedKind::kHistograms) variable.counts.resize(numbers_);
  }
}

void Calibration::Add(std::span<const float> row) {
  for (Variable& variable : variables_) {
    variable.row_maximum = 0;
    variable.is_in_row = false;
  }
  for (size_t i = 0; i < variable_of_.size(); ++i) {
    Variable& variable = variables_[variable_of_[i]];
    const std::span<const float> numbers = row.subspan(kFingerprintSize + i * numbers_, numbers_);
    variable.is_finite = variable.is_finite && std::all_of(numbers.begin(), numbers.end(),
                                                           [](float number) { return std::isfinite(number); });
    if (kind_ == ObservedKind::kRanges) {
      AddRange(&variable, numbers);
    } else {
      for (size_t bin = 0; bin < numbers_; ++bin) {
        variable.counts[bin] += static_cast<double>(numbers[bin]);
        variable.is_in_row = variable.is_in_row || numbers[bin] != 0;
        variable.is_finite = variable.is_finite && numbers[bin] >= 0;
      }
    }
  }
  for (Variable& variable : variables_) {
    variable.sum_of_maxima += variable.row_maximum;
    if (variable.is_in_row) ++variable.rows;
  }
  ++rows_;
}

// A range that ends before it begins is kNoLeast to kNoLargest, or what is left of it in a file of fewer digits.
void Calibration::AddRange(Variable* variable, std::span<const float> numbers) {
  if (numbers[0] > numbers[1]) return;
  const bool is_first = variable->rows == 0 && !variable->is_in_row;
  variable->min = is_first ? numbers[0] : std::min(variable->min, numbers[0]);
  variable->max = is_first ? numbers[1] : std::max(variable->max, numbers[1]);
  variable->is_in_row = true;
  variable->row_maximum =
      std::max({variable->row_maximum, static_cast<double>(-numbers[0]), static_cast<double>(numbers[1])});
}

std::optional<double> Calibration::ThresholdOf(const Variable& variable, ScaleAlgorithm algorithm, double share) const {
  if (!variable.is_finite || variable.rows == 0) return std::nullopt;
  if (algorithm == ScaleAlgorithm::kAbsMax) return ShortestDouble(std::max({0.0F, -variable.min, variable.max}));
  if (algorithm == ScaleAlgorithm::kAverage) return variable.sum_of_maxima / static_cast<double>(variable.rows);
  switch (algorithm) {
    case ScaleAlgorithm::kPercentile:
      return PercentileThreshold(variable.counts, variable.limit, share);
    case ScaleAlgorithm::kKl:
      return KlThreshold(variable.counts, variable.limit);
    default:
      return MseThreshold(variable.counts, variable.limit);
  }
}

void Calibration::Judge(const Variable& variable, double threshold, bool is_range, Findings* findings) {
  if (threshold == 0) {
    findings->Warning("bad-range", PlaceOfVariable(variable.name), "was always 0: nothing can be divided by its scale",
                      "calibrate with other inputs, or leave its op in float");
    return;
  }
  const double nearest = static_cast<double>(std::max(variable.min, -variable.max));
  if (is_range && nearest > kAwayFromZero * threshold) {
    findings->Warning("wasted-range", PlaceOfVariable(variable.name),
                      "stays between " + ShortestText(variable.min) + " and " + ShortestText(variable.max) +
                          ", away from 0, which the integers reach around: most of them are never used",
                      "leave its op in float, or subtract a constant in the network");
  }
}

std::vector<CalibratedScale> Calibration::Scales(ScaleAlgorithm algorithm, double share, Findings* findings) const {
  std::vector<CalibratedScale> scales;
  scales.reserve(variables_.size());
  for (const Variable& variable : variables_) {
    CalibratedScale& scale = scales.emplace_back();
    scale.name = variable.name;
    scale.min = variable.min;
    scale.max = variable.max;
    scale.threshold = ThresholdOf(variable, algorithm, share);
    if (scale.threshold) {
      Judge(variable, *scale.threshold, kind_ == ObservedKind::kRanges, findings);
      continue;
    }
    if (!variable.is_finite) {
      findings->Warning("bad-range", PlaceOfVariable(variable.name),
                        "was NaN or infinite in some batch, so it gets no scale and its ops stay in float",
                        "look at the inputs of the calibration, or at the model");
    } else {
      findings->Warning("bad-range", PlaceOfVariable(variable.name),
                        "no batch came to it, so it gets no scale and its ops stay in float",
                        "calibrate with inputs for which its branch or its loop runs");
    }
  }
  return scales;
}

}  // namespace pdquant
