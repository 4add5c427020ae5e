#include "quantize/inference/given_values.h"

#include <cmath>
#include <span>
#include <string>

#include "base/escape.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

using How = ParameterPlan::How;

const ParameterPlan* GivenValues::Find(std::string_view name) const {
  const auto made = made_->find(std::string(name));
  return made == made_->end() ? nullptr : &made->second;
}

// The product of two float32 grows with each of them: the largest magnitude of a channel's products is that of its
// largest magnitude.
Result<std::vector<float>> GivenValues::MaxAbs(std::string_view name, int32_t axis) {
  const ParameterPlan* plan = Find(name);
  if (plan == nullptr) return stored_->MaxAbs(name, axis);
  const int32_t of_factors = plan->factors.axis;
  const bool in_pair = of_factors == kFirstTwoAxes && (axis == 0 || axis == 1);
  if (plan->how != How::kMultiply || (axis != kWholeTensor && axis != of_factors && !in_pair))
    return BadInput(Quote(name) + " has no largest values along axis " + std::to_string(axis));
  Result<std::vector<float>> largest = stored_->MaxAbs(plan->source, of_factors);
  if (!largest.ok()) return largest;
  for (size_t i = 0; i < largest->size(); ++i) (*largest)[i] *= std::fabs(plan->factors.values[i]);
  if (axis == of_factors) return largest;
  const auto layout = in_pair ? ChannelLayout::Of(std::span(plan->dims).first(2), axis) : ChannelLayout();
  std::vector<float> coarser(layout.channels);
  RaiseMaxAbs(*largest, 0, layout, coarser);
  return coarser;
}

Result<bool> GivenValues::AllIntegers(std::string_view name) {
  return Find(name) == nullptr ? stored_->AllIntegers(name) : false;
}

Result<std::vector<float>> GivenValues::Read(std::string_view name, size_t limit) {
  const ParameterPlan* plan = Find(name);
  if (plan == nullptr) return stored_->Read(name, limit);
  const std::vector<float>& values = plan->scales.values;
  if (plan->how != How::kConstant || values.size() > limit)
    return BadInput(Quote(name) + " has more than " + std::to_string(limit) + " values");
  return values;
}

Result<int32_t> GivenValues::StoredType(std::string_view name) {
  const ParameterPlan* plan = Find(name);
  if (plan == nullptr) return stored_->StoredType(name);
  return plan->as_integers ? proto::VarType::INT32 : proto::VarType::FP32;
}

}  // namespace pdquant
