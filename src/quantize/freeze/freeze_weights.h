// The parameters of a frozen program: the scales that it takes from training, and its weights as integers.
#ifndef PDQUANT_QUANTIZE_FREEZE_FREEZE_WEIGHTS_H_
#define PDQUANT_QUANTIZE_FREEZE_FREEZE_WEIGHTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/trained_scale.h"
#include "check/scales_at_start.h"
#include "quantize/freeze/freeze_plan.h"
#include "quantize/model_writer.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// A parameter as integers.
struct FrozenWeight {
  std::string integers;                                // the parameter that holds them
  std::string scale_name;                              // a parameter with the scales; empty as long as no op needs one
  std::map<size_t, std::string> repeated_scale_names;  // the same with all of them that many times
  Scales scales;                                       // along the axis of the parameter
  std::vector<const QuantizedValue*> values;
};

class FreezeWeights {
 public:
  // Adds to `plans` and to the edits of the context, new parameters by `writer`. In the linear form integers are stored
  // as INT8.
  FreezeWeights(const PassContext& context, const FreezePlan& plan, QuantizationForm target, ParameterValues* values,
                bool scales_are_given, ParameterPlans* plans, ModelWriter* writer);

  // A scale that is used as it stands has to be a trained one, and a parameter that is quantized FP32.
  void Check(const QuantizedValue& value);
  // Plans the integers of every weight that a site reads, and of those that are stored. Call it once, after the checks.
  // What is wrong is in the findings.
  void Plan(const QuantizedValues& values);

  const FrozenWeight& Of(const QuantizedValue& value) const { return weights_.at(KeyOf(value)); }
  // The name of the parameter that holds the weight's scales, for an op that has to read it.
  std::string ScaleParameter(const QuantizedValue& value);
  // The same with all of them `times` times in turn, as the channels of a transposed convolution in groups lie.
  std::string RepeatedScaleParameter(const QuantizedValue& value, size_t times);

 private:
  // What the values of a parameter that is stored once as integers have in common.
  struct Key {
    VarId parameter;
    const QuantizationOp* kind;
    int32_t bits;
    VarId scale;  // of a trained one; kNoVar for a dynamic one
    int32_t axis;
    auto operator<=>(const Key&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
  };
  Key KeyOf(const QuantizedValue& value) const {
    const StoredWeight* weight = plan_.WeightOf(value);
    return {weight->parameter, value.kind, value.bits, value.scale_is_stored ? value.scale : kNoVar, weight->axis};
  }
  void Collect(const QuantizedValue& value);
  void CheckType(const QuantizedValue& value);
  std::optional<std::vector<float>> ReadScales(const QuantizedValue& value);
  ScaleTraining Judge(const QuantizedValue& value, const std::vector<float>& scales) const;
  void PlanWeight(const Key& key, FrozenWeight* weight);
  std::optional<Scales> ScalesOf(const Key& key);
  std::string StoreIntegers(const Key& key, const FrozenWeight& weight);
  bool KeepsStoredScale(const FrozenWeight& weight, const std::vector<float>& scales) const;

  const PassContext& context_;
  const Index& index_;
  const FreezePlan& plan_;
  const bool linear_;
  const bool scales_are_given_;  // else they have to have been trained
  ParameterValues* values_;
  ParameterPlans* plans_;
  ModelWriter* writer_;
  std::map<Key, FrozenWeight> weights_;
  std::map<VarId, std::vector<float>> trained_;  // static scales
  std::map<VarId, size_t> values_of_scale_;      // how many are quantized with it
  ScalesAtStart at_start_;
  std::map<VarId, int> kinds_of_integers_;  // by parameter: in how many ways sites quantize it
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_FREEZE_WEIGHTS_H_
