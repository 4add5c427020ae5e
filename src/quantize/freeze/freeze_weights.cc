#include "quantize/freeze/freeze_weights.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/quantization_limits.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

FreezeWeights::FreezeWeights(const PassContext& context, const FreezePlan& plan, QuantizationForm target,
                             ParameterValues* values, bool scales_are_given, ParameterPlans* plans, ModelWriter* writer)
    : context_(context),
      index_(context.main->index),
      plan_(plan),
      linear_(target == QuantizationForm::kLinear),
      scales_are_given_(scales_are_given),
      values_(values),
      plans_(plans),
      writer_(writer) {}

void FreezeWeights::Collect(const QuantizedValue& value) {
  const Key key = KeyOf(value);
  const auto [entry, added] = weights_.try_emplace(key);
  if (added) ++kinds_of_integers_[key.parameter];
  auto& sharing = entry->second.values;
  if (std::find(sharing.begin(), sharing.end(), &value) == sharing.end()) sharing.push_back(&value);
}

void FreezeWeights::Check(const QuantizedValue& value) {
  CheckType(value);
  if (!value.scale_is_stored) return;
  if (const StoredWeight* weight = plan_.WeightOf(value)) {  // the scale of a weight of zeros may stay as it starts
    const Result<std::vector<float>> largest = values_->MaxAbs(index_.NameOf(weight->parameter), kWholeTensor);
    if (largest.ok() && (*largest)[0] == 0) return;
  }
  auto scales = ReadScales(value);
  if (!scales) return;
  const bool tiny = std::any_of(scales->begin(), scales->end(), [](float scale) { return scale <= kSmallestScale; });
  trained_[value.scale] = *scales;
  if (!tiny) return;
  context_.findings->Warning(
      "zero-scale", PlaceOfOp(index_, value.quantize, "", index_.NameOf(value.scale)),
      "the scale is 0, or next to it: what it belongs to was always so in training; 1e-8 is written in its place");
  Scales written = {std::move(*scales)};
  ReplaceTinyScales(&written);
  (*plans_)[index_.NameOf(value.scale)] = ConstantPlan(std::move(written.values));
}

// No kernel of Paddle's quantizes another type.
void FreezeWeights::CheckType(const QuantizedValue& value) {
  if (!value.is_weight || plan_.IsWeight(value)) return;
  const auto tensor = index_.program().var(value.source).lod_tensor();
  context_.findings->Error("weight-type", PlaceOfOp(index_, value.quantize, "", index_.NameOf(value.source)),
                           "the weight is " + (tensor ? DescribeTensor(tensor->data_type, tensor->dims) : "no tensor") +
                               "; only FP32 is quantized",
                           "export the program in float32");
}

// The stored scale, or those of the channels: finite numbers that are not negative. Reports where they can't be read,
// or still have the value that they start with: they would saturate everything.
std::optional<std::vector<float>> FreezeWeights::ReadScales(const QuantizedValue& value) {
  Place place = PlaceOfOp(index_, value.quantize);
  const auto fail = [&](std::string_view code, const std::string& text,
                        const std::string& hint) -> std::optional<std::vector<float>> {
    context_.findings->Error(code, place, text, hint);
    return std::nullopt;
  };
  const VarId var = value.kind->dynamic() ? value.scale : index_.InputVar(value.quantize, value.kind->scale);
  if (var == kNoVar || !index_.persistable(var))
    return fail("untrained-scale", "the op has no stored scale in its slot " + Quote(value.kind->scale),
                "save the trained program again");
  place.variable = index_.NameOf(var);
  Result<std::vector<float>> read = values_->Read(place.variable, value.axis == kWholeTensor ? 1 : kMostChannels);
  if (!read.ok()) return fail("parameter", read.status().message(), "");
  if (read->empty()) return fail("parameter", "the scale has no value", "");
  for (const float scale : *read) {
    if (!std::isfinite(scale) || scale < 0)
      return fail("scale-value", "the scale is " + std::to_string(scale),
                  "train the model again: a scale is a number that is not negative");
  }
  const ScaleTraining training = Judge(value, *read);
  at_start_.Note(training, std::move(place));
  if (training == ScaleTraining::kUntrained) return std::nullopt;
  return std::move(*read);
}

// Of channels some may stay at the start, all of them don't.
ScaleTraining FreezeWeights::Judge(const QuantizedValue& value, const std::vector<float>& scales) const {
  if (scales_are_given_) return ScaleTraining::kTrained;
  if (value.axis != kWholeTensor) {
    const bool at_start = std::all_of(scales.begin(), scales.end(), [](float scale) { return scale == kScaleStart; });
    return at_start ? ScaleTraining::kUntrained : ScaleTraining::kTrained;
  }
  return JudgeScale(index_, value.quantize, scales[0], [&](VarId state) {
    const Result<std::vector<float>> stored = values_->Read(index_.NameOf(state), kLargestWindow);
    if (!stored.ok() || stored->empty()) return std::optional<StoredState>();
    return std::optional(StoredState{stored->front(), *std::max_element(stored->begin(), stored->end())});
  });
}

void FreezeWeights::Plan(const QuantizedValues& values) {
  at_start_.Report(context_.findings);
  for (const FreezeSite& site : plan_.sites()) {
    for (const FrozenOperand& operand : site.operands) {
      if (operand.is_weight) Collect(*operand.value);
    }
  }
  for (const QuantizedValue& value : values.values()) {
    if (plan_.IsStored(value)) Collect(value);
    ++values_of_scale_[value.scale];
  }
  for (const QuantizedValue& value : values.observed()) ++values_of_scale_[value.scale];
  for (auto& [key, weight] : weights_) PlanWeight(key, &weight);
}

std::optional<Scales> FreezeWeights::ScalesOf(const Key& key) {
  const std::string name = index_.NameOf(key.parameter);
  const Result<std::vector<float>> largest = values_->MaxAbs(name, key.axis);
  if (!largest.ok()) {
    context_.findings->Error("parameter", PlaceOfVariable(name), largest.status().message());
    return std::nullopt;
  }
  const bool all_zero = std::all_of(largest->begin(), largest->end(), [](float value) { return value == 0; });
  if (key.scale == kNoVar || all_zero) return Scales{*largest, key.axis};
  const auto trained = trained_.find(key.scale);  // else Check has reported what is wrong
  if (trained == trained_.end()) return std::nullopt;
  if (trained->second.size() == largest->size()) return Scales{trained->second, key.axis};
  context_.findings->Error("scale-value", PlaceOfVariable(index_.NameOf(key.scale)),
                           std::to_string(trained->second.size()) + " scales for " + std::to_string(largest->size()) +
                               " channels of " + Quote(name),
                           "the parameters are of another model");
  return std::nullopt;
}

void FreezeWeights::PlanWeight(const Key& key, FrozenWeight* weight) {
  const auto scales = ScalesOf(key);
  if (!scales) return;
  weight->scales = *scales;
  if (ReplaceTinyScales(&weight->scales)) {
    context_.findings->Warning("zero-scale", PlaceOfVariable(index_.NameOf(key.parameter)),
                               key.axis == kWholeTensor
                                   ? "all values of the weight are 0, or next to it, or its scale is: 1e-8 is written "
                                     "in the scale's place"
                                   : "all values of a channel of the weight are 0, or next to it: 1e-8 is written in "
                                     "the place of its scale");
  }
  weight->integers = StoreIntegers(key, *weight);
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kQuantize;
  plan.source = index_.NameOf(key.parameter);
  plan.bits = key.bits;
  plan.scales = weight->scales;
  plan.as_integers = linear_;
  (*plans_)[weight->integers] = plan;
}

// The parameter that holds the integers: the weight itself, or a new one where somebody goes on reading that in float,
// or it is quantized in several ways.
std::string FreezeWeights::StoreIntegers(const Key& key, const FrozenWeight& weight) {
  std::string source = index_.NameOf(key.parameter);
  const VarView parameter = index_.program().var(key.parameter);
  const int32_t type = linear_ ? proto::VarType::INT8 : proto::VarType::FP32;
  const auto goes = [&](const QuantizedValue* value) { return plan_.LosesQuantize(*value); };
  const bool all_go = std::all_of(weight.values.begin(), weight.values.end(), goes);
  if (all_go && kinds_of_integers_[key.parameter] == 1 && !plan_.HasFloatReader(key.parameter)) {
    if (linear_) context_.main->edits.ReplaceVar(key.parameter, RetypeTensorVar(parameter, source, type));
    return source;
  }
  // The variable of the integers becomes the parameter, where it is free.
  const QuantizedValue& first = *weight.values[0];
  const bool reuse = !linear_ && plan_.Dissolves(first) && first.integers != kNoVar &&
                     plan_.WeightOf(first)->path.empty() && index_.program().BlockOfVar(first.integers) == 0;
  std::string name = reuse ? index_.NameOf(first.integers) : writer_->names()->New(source + ".quantized");
  if (reuse) {
    context_.main->edits.ReplaceVar(first.integers,
                                    EncodeVarOfType(name, index_.program().var(first.integers).type_fields(), true));
  } else {
    const auto tensor = parameter.lod_tensor();
    context_.main->edits.AddVar(0, EncodeTensorVar(name, type, tensor->dims, true));
  }
  context_.findings->Note(
      "shared-weight", PlaceOfVariable(source),
      "the weight is read in float, too, or quantized in several ways: its integers are in " + Quote(name));
  return name;
}

// Whether a stored scale may become `scales`: it has them already, or the weight's values alone have it.
bool FreezeWeights::KeepsStoredScale(const FrozenWeight& weight, const std::vector<float>& scales) const {
  const VarId scale = weight.values[0]->scale;
  if (values_of_scale_.at(scale) == weight.values.size()) return true;
  const auto planned = plans_->find(index_.NameOf(scale));  // in the place of one that is next to 0
  if (planned != plans_->end()) return planned->second.scales.values == scales;
  const auto trained = trained_.find(scale);
  return trained != trained_.end() && trained->second == scales;
}

std::string FreezeWeights::ScaleParameter(const QuantizedValue& value) {
  FrozenWeight& weight = weights_.at(KeyOf(value));
  if (!weight.scale_name.empty()) return weight.scale_name;
  // paddlepaddle 3.3.1 scales INT8 back by 8 bits, whatever the op says: fewer bits are a part of the scale.
  std::vector<float> scales = weight.scales.values;
  if (linear_) {
    const float part = static_cast<float>(MaxInteger(kLinearBits)) / static_cast<float>(MaxInteger(value.bits));
    for (float& scale : scales) scale *= part;
  }
  const QuantizedValue& first = *weight.values[0];
  const bool stored = first.scale != kNoVar && index_.persistable(first.scale) && first.scale_is_stored;
  const bool reuse =
      stored ? KeepsStoredScale(weight, scales)
             : plan_.LosesQuantize(first) && first.scale != kNoVar && index_.program().BlockOfVar(first.scale) == 0;
  if (!reuse)
    return weight.scale_name = writer_->NewConstant(index_.NameOf(first.source) + ".scale", std::move(scales));
  weight.scale_name = index_.NameOf(first.scale);
  if (!stored)
    context_.main->edits.ReplaceVar(first.scale, EncodeTensorVar(weight.scale_name, proto::VarType::FP32,
                                                                 static_cast<int64_t>(scales.size()), true));
  (*plans_)[weight.scale_name] = ConstantPlan(std::move(scales));
  return weight.scale_name;
}

std::string FreezeWeights::RepeatedScaleParameter(const QuantizedValue& value, size_t times) {
  if (times == 1) return ScaleParameter(value);
  FrozenWeight& weight = weights_.at(KeyOf(value));
  std::string& name = weight.repeated_scale_names[times];
  if (!name.empty()) return name;
  std::vector<float> repeated;
  for (size_t i = 0; i < times; ++i)
    repeated.insert(repeated.end(), weight.scales.values.begin(), weight.scales.values.end());
  return name = writer_->NewConstant(index_.NameOf(value.source) + ".scale", std::move(repeated));
}

}  // namespace pdquant
