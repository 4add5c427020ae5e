#include "quantize/targets/target_form.h"

#include <array>
#include <utility>
#include <vector>

#include "check/target.h"
#include "quantize/pipeline.h"
#include "quantize/targets/target_passes.h"

namespace pdquant {
namespace {

// In the order of Target.
constexpr std::array<TargetForm, 5> kForms = {{
    {Target::kPaddle, QuantizationForm::kLegacy, true, 0, false},
    {Target::kOneDnn, QuantizationForm::kLegacy, true, 8, false},
    {Target::kTensorRt, QuantizationForm::kLegacy, true, 8, true},
    {Target::kLite, QuantizationForm::kLinear, true, 8, false},
    {Target::kOnnx, QuantizationForm::kLinear, false, 8, true},
}};

}  // namespace

const TargetForm& TargetFormOf(Target target) { return kForms[static_cast<size_t>(target)]; }

Status FitToTarget(Target target, ParameterValues* values, ParameterPlans* plans, Pipeline* pipeline) {
  const PlannedParameters parameters = {values, plans};
  RestoreThresholdPass thresholds;
  FilterScalesPass filters(parameters);
  OwnZeroPointsPass zero_points(parameters);
  IntegerRangePass ranges;
  OwnWeightsPass weights(parameters);
  OwnChannelScalesPass channel_scales(parameters);
  OwnScalesPass scales(parameters);
  IntegersInFloatPass integers(parameters);
  KeepFloatPass floats;
  ObserveOutputsPass observers(parameters);
  ChannelProductsPass products(parameters);
  std::vector<Pass*> passes;
  switch (target) {
    case Target::kLite:
      passes = {&thresholds, &filters, &zero_points, &channel_scales};
      break;
    case Target::kOneDnn:
      passes = {&zero_points, &weights, &scales, &integers, &floats};
      break;
    case Target::kTensorRt:
      passes = {&zero_points, &products};
      break;
    case Target::kOnnx:
      passes = {&observers};
      break;
    case Target::kPaddle:
      passes = {&zero_points, &ranges};
      break;
  }
  return pipeline->Run(passes);
}

void WarnForTarget(const Program& program, Target target, Findings* findings) {
  Findings found;
  CheckTarget(Index(program), target, {}, &found);
  for (Finding finding : found.all()) {
    if (finding.level == Level::kError) finding.level = Level::kWarning;
    findings->Add(std::move(finding));
  }
}

}  // namespace pdquant
