// The parameters of a model as it is between two passes: with those that a pass made, and that no file has yet.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_PLANNED_VALUES_H_
#define PDQUANT_QUANTIZE_WEIGHTS_PLANNED_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class PlannedValues : public ParameterValues {
 public:
  // `plans` holds constants, parameters that are others multiplied by factors, and floats of integers, whose largest
  // values are their scales; what isn't there is in `stored`. Both have to outlive it.
  PlannedValues(ParameterValues* stored, const ParameterPlans* plans) : stored_(stored), plans_(plans) {}

  Result<std::vector<float>> MaxAbs(std::string_view name, int32_t axis) override;
  Result<bool> AllIntegers(std::string_view name) override;
  Result<std::vector<float>> Read(std::string_view name, size_t limit) override;
  Result<int32_t> StoredType(std::string_view name) override;
  Result<std::vector<int64_t>> StoredDims(std::string_view name) override;

 private:
  // Null for what is stored.
  const ParameterPlan* Find(std::string_view name) const;

  ParameterValues* stored_;
  const ParameterPlans* plans_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_PLANNED_VALUES_H_
