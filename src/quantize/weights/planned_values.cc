#include "quantize/weights/planned_values.h"

#include <cmath>
#include <span>
#include <string>

#include "base/escape.h"
#include "pdquant/framework.pb.h"
#include "quantize/weights/rounding.h"

namespace pdquant {

const ParameterPlan* PlannedValues::Find(std::string_view name) const {
  const auto made = plans_->find(std::string(name));
  return made == plans_->end() ? nullptr : &made->second;
}

// The product of two float32 grows with each of them: the largest magnitude of a channel's products is that of its
// largest magnitude.
Result<std::vector<float>> PlannedValues::MaxAbs(std::string_view name, int32_t axis) {
  const ParameterPlan* plan = Find(name);
  if (plan == nullptr) return stored_->MaxAbs(name, axis);
  const bool multiplied = plan->how == ParameterPlan::How::kMultiply;
  const bool of_integers = plan->how == ParameterPlan::How::kToFloat;
  const int32_t of_plan = multiplied ? plan->factors.axis : plan->scales.axis;
  const bool in_pair = multiplied && of_plan == kFirstTwoAxes && (axis == 0 || axis == 1);
  const bool fits = axis == kWholeTensor || axis == of_plan || in_pair;
  if (of_integers && !fits)
    return BadInput(Quote(name) + " has its scales along axis " + std::to_string(of_plan) + ", not " +
                    std::to_string(axis));
  if (!fits || (!multiplied && !of_integers))
    return BadInput(Quote(name) + " has no largest values along axis " + std::to_string(axis));
  Result<std::vector<float>> largest = plan->scales.values;
  if (multiplied) {
    largest = stored_->MaxAbs(plan->source, of_plan);
    if (!largest.ok()) return largest;
    for (size_t i = 0; i < largest->size(); ++i) (*largest)[i] *= std::fabs(plan->factors.values[i]);
  }
  if (axis == of_plan) return largest;
  const auto layout = in_pair ? ChannelLayout::Of(std::span(plan->dims).first(2), axis) : ChannelLayout();
  std::vector<float> coarser(layout.channels);
  RaiseMaxAbs(*largest, 0, layout, coarser);
  return coarser;
}

Result<bool> PlannedValues::AllIntegers(std::string_view name) {
  return Find(name) == nullptr ? stored_->AllIntegers(name) : false;
}

Result<std::vector<float>> PlannedValues::Read(std::string_view name, size_t limit) {
  const ParameterPlan* plan = Find(name);
  if (plan == nullptr) return stored_->Read(name, limit);
  const std::vector<float>& values = plan->scales.values;
  if (plan->how != ParameterPlan::How::kConstant || values.size() > limit)
    return BadInput(Quote(name) + " has more than " + std::to_string(limit) + " values");
  return values;
}

Result<int32_t> PlannedValues::StoredType(std::string_view name) {
  const ParameterPlan* plan = Find(name);
  if (plan == nullptr) return stored_->StoredType(name);
  if (plan->how == ParameterPlan::How::kCopy) return stored_->StoredType(plan->source);
  if (plan->how == ParameterPlan::How::kConstant)
    return plan->as_integers ? proto::VarType::INT32 : proto::VarType::FP32;
  if (!plan->as_integers && plan->how != ParameterPlan::How::kToInteger) return proto::VarType::FP32;
  return plan->bits <= 8 ? proto::VarType::INT8 : proto::VarType::INT16;
}

Result<std::vector<int64_t>> PlannedValues::StoredDims(std::string_view name) {
  const ParameterPlan* plan = Find(name);
  if (plan == nullptr) return stored_->StoredDims(name);
  if (plan->how != ParameterPlan::How::kConstant) return stored_->StoredDims(plan->source);
  if (!plan->dims.empty()) return plan->dims;
  return std::vector<int64_t>{static_cast<int64_t>(plan->scales.values.size())};
}

}  // namespace pdquant
