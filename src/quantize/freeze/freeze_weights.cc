#include "quantize/freeze/freeze_weights.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/trained_scale.h"
#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

// Up to here kernels take a scale for 0, since they guard their division, and max_range would leave float32.
constexpr float kSmallestScale = 4e-30F;
constexpr char kNeverTrained[] = "the scale still has the value that it starts with: it was never trained";
constexpr char kTrainFirst[] = "train the simulated program, and save it with its parameters";
constexpr size_t kLargestWindow = size_t{1} << 20U;

// Returns whether there was one.
bool ReplaceTinyScales(Scales* scales) {
  bool found = false;
  for (float& scale : scales->values) {
    if (scale > kSmallestScale) continue;
    scale = kTinyScale;
    found = true;
  }
  return found;
}

ParameterPlan Constant(std::vector<float> values) {
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kConstant;
  plan.scales.values = std::move(values);
  plan.is_weight = false;
  return plan;
}

}  // namespace

FreezeWeights::FreezeWeights(const PassContext& context, const FreezePlan& plan, ParameterValues* values,
                             ParameterPlans* plans)
    : context_(context),
      index_(context.main->index),
      plan_(plan),
      values_(values),
      plans_(plans),
      names_(context.main->index) {
  for (const FreezeSite& site : plan.sites()) {
    for (const FrozenOperand& operand : site.operands) {
      if (!operand.is_weight) continue;
      const auto [entry, added] = weights_.try_emplace(KeyOf(*operand.value));
      if (added) ++kinds_of_integers_[operand.value->source];
      auto& sharing = entry->second.values;
      if (std::find(sharing.begin(), sharing.end(), operand.value) == sharing.end()) sharing.push_back(operand.value);
    }
  }
}

void FreezeWeights::Check(const QuantizedValue& value) {
  CheckType(value);
  if (value.kind->dynamic()) return;
  if (plan_.IsWeight(value)) {  // the scale of a weight of zeros may stay as it starts
    const Result<std::vector<float>> largest = values_->MaxAbs(NameOf(value.source), kWholeTensor);
    if (largest.ok() && (*largest)[0] == 0) return;
  }
  const std::optional<float> scale = ReadScale(value);
  if (!scale) return;
  trained_[value.scale] = *scale;
  if (*scale > kSmallestScale) return;
  Place place = PlaceOfOp(index_, value.quantize);
  place.variable = NameOf(value.scale);
  context_.findings->Warning(
      "zero-scale", place,
      "the scale is 0, or next to it: what it belongs to was always so in training; 1e-8 is written in its place");
  (*plans_)[NameOf(value.scale)] = Constant({kTinyScale});
}

// No kernel of Paddle's quantizes another type.
void FreezeWeights::CheckType(const QuantizedValue& value) {
  if (!value.is_weight || plan_.IsWeight(value)) return;
  Place place = PlaceOfOp(index_, value.quantize);
  place.variable = NameOf(value.source);
  const auto tensor = index_.program().var(value.source).lod_tensor();
  context_.findings->Error("weight-type", place,
                           "the weight is " + (tensor ? DescribeTensor(tensor->data_type, tensor->dims) : "no tensor") +
                               "; only FP32 is quantized",
                           "export the program in float32");
}

// The stored scale, a finite number that is not negative. Reports where it can't be read, or still has the value that
// it starts with: it would saturate everything.
std::optional<float> FreezeWeights::ReadScale(const QuantizedValue& value) {
  Place place = PlaceOfOp(index_, value.quantize);
  const auto fail = [&](std::string_view code, const std::string& text,
                        const std::string& hint) -> std::optional<float> {
    context_.findings->Error(code, place, text, hint);
    return std::nullopt;
  };
  const VarId var = index_.InputVar(value.quantize, value.kind->scale);
  if (var == kNoVar || !index_.persistable(var))
    return fail("untrained-scale", "the op has no stored scale in its slot " + Quote(value.kind->scale),
                "save the trained program again");
  place.variable = NameOf(var);
  const Result<std::vector<float>> read = values_->Read(place.variable, 1);
  if (!read.ok()) return fail("parameter", read.status().message(), "");
  if (read->empty()) return fail("parameter", "the scale has no value", "");
  const float scale = (*read)[0];
  if (!std::isfinite(scale) || scale < 0)
    return fail("scale-value", "the scale is " + std::to_string(scale),
                "train the model again: a scale is a number that is not negative");
  const ScaleTraining training = JudgeScale(index_, value.quantize, scale, [&](VarId state) {
    const Result<std::vector<float>> stored = values_->Read(NameOf(state), kLargestWindow);
    if (!stored.ok() || stored->empty()) return std::optional<StoredState>();
    return std::optional(StoredState{stored->front(), *std::max_element(stored->begin(), stored->end())});
  });
  if (training == ScaleTraining::kUntrained) return fail("untrained-scale", kNeverTrained, kTrainFirst);
  if (training == ScaleTraining::kUnknown) {
    at_start_.push_back(place);
  } else {
    some_trained_ = true;
  }
  return scale;
}

// Training that reached one scale reached the others, too: one with the value that it started with had smaller values
// before it only.
void FreezeWeights::ReportScalesAtStart() {
  for (const Place& place : at_start_) {
    if (some_trained_) {
      context_.findings->Warning("untrained-scale", place,
                                 "the scale has the value that it starts with, and others of the program were trained: "
                                 "what it belongs to never exceeded it, or training never came here");
    } else {
      context_.findings->Error("untrained-scale", place, kNeverTrained, kTrainFirst);
    }
  }
}

void FreezeWeights::Plan() {
  ReportScalesAtStart();
  for (auto& [key, weight] : weights_) PlanWeight(key, &weight);
}

std::optional<Scales> FreezeWeights::ScalesOf(const Key& key) {
  const std::string name = NameOf(key.source);
  const Result<std::vector<float>> largest = values_->MaxAbs(name, kWholeTensor);
  if (!largest.ok()) {
    Place place;
    place.variable = name;
    context_.findings->Error("parameter", place, largest.status().message());
    return std::nullopt;
  }
  if (key.scale == kNoVar || (*largest)[0] == 0) return Scales{*largest};
  const auto trained = trained_.find(key.scale);  // else Check has reported what is wrong
  return trained == trained_.end() ? std::nullopt : std::optional(Scales{{trained->second}});
}

void FreezeWeights::PlanWeight(const Key& key, FrozenWeight* weight) {
  const auto scales = ScalesOf(key);
  if (!scales) return;
  weight->scales = *scales;
  const std::string source = NameOf(key.source);
  Place place;
  place.variable = source;
  if (ReplaceTinyScales(&weight->scales)) {
    context_.findings->Warning("zero-scale", place,
                               "all values of the weight are 0, or next to it, or its scale is: 1e-8 is written in the "
                               "scale's place");
  }
  const bool dissolve = std::all_of(weight->values.begin(), weight->values.end(),
                                    [&](const QuantizedValue* value) { return plan_.Dissolves(*value); });
  if (dissolve && kinds_of_integers_[key.source] == 1 && !plan_.HasFloatReader(key.source)) {
    weight->integers = source;
  } else {
    // Somebody goes on reading the parameter in float, or it is quantized in several ways: the integers get a parameter
    // of their own.
    const QuantizedValue& first = *weight->values[0];
    weight->integers = AddParameterLike(first.integers, source + ".quantized", plan_.Dissolves(first), 0);
    context_.findings->Note("shared-weight", place,
                            "the weight is read in float, too, or quantized in several ways: its integers are in " +
                                Quote(weight->integers));
  }
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kQuantize;
  plan.source = source;
  plan.bits = key.bits;
  plan.scales = weight->scales;
  (*plans_)[weight->integers] = plan;
}

// A persistable variable of block 0: `var` itself where it is free and stands there, else a new one. Of the type of
// `var`, or where `size` is not 0, of shape [size].
std::string FreezeWeights::AddParameterLike(VarId var, const std::string& name, bool reuse, int64_t size) {
  const bool in_main = index_.program().BlockOfVar(var) == 0;
  std::string chosen = reuse && in_main ? NameOf(var) : names_.New(name);
  const std::string type = index_.program().var(var).type_fields();
  const std::string message =
      size != 0 ? EncodeTensorVar(chosen, proto::VarType::FP32, size, true) : EncodeVarOfType(chosen, type, true);
  if (reuse && in_main) {
    context_.main->edits.ReplaceVar(var, message);
  } else {
    context_.main->edits.AddVar(0, message);
  }
  return chosen;
}

std::string FreezeWeights::ScaleParameter(const QuantizedValue& value) {
  FrozenWeight& weight = weights_.at(KeyOf(value));
  if (!weight.scale_name.empty()) return weight.scale_name;
  const QuantizedValue& first = *weight.values[0];
  const bool reuse = plan_.Dissolves(first) && !index_.persistable(first.scale);
  weight.scale_name = AddParameterLike(first.scale, NameOf(first.source) + ".scale", reuse,
                                       static_cast<int64_t>(weight.scales.values.size()));
  (*plans_)[weight.scale_name] = Constant(weight.scales.values);
  return weight.scale_name;
}

}  // namespace pdquant
