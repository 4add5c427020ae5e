// The parameters of a model, with some that a pass made and that no file has yet.
#ifndef PDQUANT_QUANTIZE_INFERENCE_GIVEN_VALUES_H_
#define PDQUANT_QUANTIZE_INFERENCE_GIVEN_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "quantize/weights/parameter_values.h"

namespace pdquant {

class GivenValues : public ParameterValues {
 public:
  // `made` holds constants, and parameters that are others multiplied by factors; what isn't there is in `stored`. Both
  // have to outlive it.
  GivenValues(ParameterValues* stored, const ParameterPlans* made) : stored_(stored), made_(made) {}

  Result<std::vector<float>> MaxAbs(std::string_view name, int32_t axis) override;
  Result<bool> AllIntegers(std::string_view name) override;
  Result<std::vector<float>> Read(std::string_view name, size_t limit) override;
  Result<int32_t> StoredType(std::string_view name) override;

 private:
  // Null for what is stored.
  const ParameterPlan* Find(std::string_view name) const;

  ParameterValues* stored_;
  const ParameterPlans* made_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_INFERENCE_GIVEN_VALUES_H_
