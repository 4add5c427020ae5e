// From rows to scales: what each variable's threshold is, and what is odd about what it was.
#ifndef PDQUANT_CALIBRATE_SCALES_H_
#define PDQUANT_CALIBRATE_SCALES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/finding.h"
#include "quantize/observe/observed_list.h"

namespace pdquant {

enum class ScaleAlgorithm : uint8_t {
  kAbsMax,      // max|x| over all batches
  kAverage,     // the mean of the batches' max|x|
  kPercentile,  // off histograms, as kKl and kMse: thresholds.h
  kKl,
  kMse,
};

// Whether it needs histograms; else it needs ranges.
bool NeedsHistograms(ScaleAlgorithm algorithm);

// The share of all numbers that isn't cut off, which is Paddle's.
inline constexpr double kUsualShare = 0.99999;

struct CalibratedScale {
  std::string name;  // of the variable
  // Nothing where what the runtime gave holds NaN or an infinity, and where no batch came to the variable. 0 where it
  // was always 0.
  std::optional<double> threshold;
  // Of ranges: over all batches, 0 where none came to the variable.
  float min = 0;
  float max = 0;
};

// Gathers rows. A variable that stands several times in the list, since it is overwritten, has one scale for all.
class Calibration {
 public:
  explicit Calibration(const ObservedList& list);

  // A row of the list's size.
  void Add(std::span<const float> row);
  size_t rows() const { return rows_; }

  // In the order of the list. The algorithm is one for what the list has. What keeps a variable from a scale, or makes
  // a bad one of it, is a warning.
  std::vector<CalibratedScale> Scales(ScaleAlgorithm algorithm, double share, Findings* findings) const;

 private:
  struct Variable {
    std::string name;
    double limit = 0;
    float min = 0;
    float max = 0;
    double sum_of_maxima = 0;  // of the rows
    double row_maximum = 0;    // of the row at hand
    bool is_in_row = false;    // whether the row at hand has it: a batch may not come to a branch or a loop
    size_t rows = 0;           // that have it
    bool is_finite = true;
    std::vector<double> counts;
  };
  static void AddRange(Variable* variable, std::span<const float> numbers);
  std::optional<double> ThresholdOf(const Variable& variable, ScaleAlgorithm algorithm, double share) const;
  static void Judge(const Variable& variable, double threshold, bool is_range, Findings* findings);

  const ObservedKind kind_;
  const size_t numbers_;
  std::vector<Variable> variables_;
  std::vector<size_t> variable_of_;  // by value of the list
  size_t rows_ = 0;
};

}  // namespace pdquant

#endif  // PDQUANT_CALIBRATE_SCALES_H_
