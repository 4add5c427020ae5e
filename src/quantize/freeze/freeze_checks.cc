#include <algorithm>
#include <string>

#include "check/rules.h"
#include "quantize/freeze/freeze_plan.h"
#include "quantize/refusals.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

constexpr char kTraining[] = "a training program can't be frozen: it has a backward or an optimizer";

void RefuseForLinear(const Index& index, const QuantizedValue& value, bool is_weight, Findings* findings) {
  if (value.bits > kLinearBits) {
    findings->Error("linear-form", PlaceOfOp(index, value.quantize),
                    "the value has " + std::to_string(value.bits) + " bits; the linear form stores 8",
                    "freeze --form legacy takes up to 16");
  } else if (value.kind->dynamic() && !is_weight) {
    findings->Error("linear-form", PlaceOfOp(index, value.quantize),
                    "the scale of the activation is found anew at each run; the linear form needs a static one",
                    "train with moving_average_abs_max, range_abs_max or window_mean_abs_max");
  }
}

}  // namespace

QuantizationForm FormOfSimulation(const QuantizedValues& all) {
  const auto& values = all.values();
  const bool linear = !values.empty() && std::all_of(values.begin(), values.end(),
                                                     [](const QuantizedValue& value) { return value.kind->linear(); });
  return linear ? QuantizationForm::kLinear : QuantizationForm::kLegacy;
}

bool CheckFreezable(const Index& index, const QuantizedValues& values, const FreezePlan& plan, QuantizationForm target,
                    Findings* findings) {
  if (RefuseTraining(index, kTraining, kSaveForInference, findings)) return false;
  if (!values.products().empty()) {
    findings->Error("already-frozen", PlaceOfOp(index, values.products()[0].op),
                    "the op computes on integers: the program is frozen already", "freeze takes the simulated program");
    return false;
  }
  for (const QuantizedValue& value : values.values()) {
    if (value.is_stored()) {
      findings->Error("already-frozen", PlaceOfOp(index, value.dequantize),
                      "the op scales stored integers back: the program is frozen already",
                      "freeze takes the simulated program");
      return false;
    }
    if (target == QuantizationForm::kLinear) RefuseForLinear(index, value, plan.IsWeight(value), findings);
  }
  ReportOtherForm(index, values.unpaired(), "foreign-quantization", "freeze", findings);
  RefuseWeightOnly(index, "foreign-quantization", "freeze", findings);
  if (values.unpaired().empty() && values.values().empty() && !findings->has_errors()) {
    findings->Error("not-simulated", {}, "the program has no quantize ops", "transpile and train it first");
  }
  return !findings->has_errors();
}

}  // namespace pdquant
