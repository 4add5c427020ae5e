#include "check/model.h"

#include <algorithm>
#include <optional>
#include <string>

#include "analysis/quantized_walk.h"
#include "analysis/trained_scale.h"
#include "base/escape.h"
#include "base/shortest_text.h"
#include "check/rules.h"
#include "check/scales_at_start.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/scale_kinds.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

std::string ValueText(const FirstValue& first) {
  return "value " + std::to_string(first.index) + " is " + ShortestText(static_cast<float>(first.value));
}

class ModelRules {
 public:
  ModelRules(const Index& index, const ModelValues& values, Findings* findings)
      : index_(index),
        values_(values),
        findings_(findings),
        walk_(index),
        seen_(index.program().var_count()),
        bad_scale_(index.program().var_count()) {}

  void Check() {
    if (HasQuantizationOps(index_)) {
      while (walk_.Next()) walk_.quantization() != nullptr ? CheckFakeOp(*walk_.quantization()) : CheckWeights();
      at_start_.Report(findings_);
    }
    const auto& parameters = values_.reader->parameters();
    for (size_t i = 0; i < parameters.size(); ++i) {
      CheckFinite(parameters[i], values_.facts[i]);
      NoteOtherType(parameters[i]);
    }
  }

 private:
  void Error(std::string_view code, std::string_view slot, VarId var, std::string text, std::string hint) {
    findings_->Error(code, PlaceOf(slot, var), std::move(text), std::move(hint));
  }

  Place PlaceOf(std::string_view slot, VarId var) const {
    return PlaceOfOp(index_, walk_.op(), "input " + Quote(slot), NameOf(var));
  }

  std::string_view NameOf(VarId var) const { return index_.name(index_.var_name(var)); }

  // The stored values of an argument; null where it has none, or where they were looked at already.
  const ParameterFacts* Stored(NameId name, VarId* var) {
    *var = index_.Lookup(walk_.block(), name);
    if (*var == kNoVar || !index_.persistable(*var) || seen_[*var]) return nullptr;
    const ParameterFacts* facts = values_.Find(NameOf(*var));
    if (facts != nullptr) seen_[*var] = true;
    return facts;
  }

  bool IsTest(const QuantizationOp& fake) const {
    const auto attr = index_.program().op(walk_.op()).attr(attributes::kIsTest);
    return attr ? attr->AsBool().value_or(false) : fake.linear();
  }

  void CheckFakeOp(const QuantizationOp& fake) {
    if (fake.scale.empty() || walk_.Observes()) return;
    size_t number = 0;
    for (const Argument& argument : index_.inputs(walk_.op())) {
      if (index_.name(argument.slot) != fake.scale) continue;
      const bool first = number++ == 0;
      VarId var = kNoVar;
      const ParameterFacts* facts = Stored(argument.name, &var);
      if (facts == nullptr) continue;
      CheckScale(fake, var, *facts);
      if (first) CheckChannels(fake, var, *facts);
    }
  }

  void CheckScale(const QuantizationOp& fake, VarId var, const ParameterFacts& facts) {
    const FirstValue& wrong = facts.not_finite.found() ? facts.not_finite : facts.negative;
    if (wrong.found()) {
      bad_scale_[var] = true;
      return Error("scale-value", fake.scale, var, ValueText(wrong) + "; a scale is a number that isn't negative",
                   "train the model again");
    }
    if (fake.role == QuantizationRole::kDequantize || fake.per_channel || facts.count != 1) return;
    const auto scale = static_cast<float>(facts.first);
    if (scale == kScaleStart && !IsTest(fake)) return;
    const ScaleTraining training = JudgeScale(index_, walk_.op(), scale, [this](VarId state) {
      const ParameterFacts* stored = values_.Find(NameOf(state));
      return stored == nullptr || stored->count == 0
                 ? std::optional<StoredState>()
                 : StoredState{static_cast<float>(stored->first), static_cast<float>(stored->max_abs)};
    });
    if (scale == kScaleStart || training == ScaleTraining::kTrained) at_start_.Note(training, PlaceOf(fake.scale, var));
  }

  // As many values as the weight has channels; one where the op scales the whole tensor.
  void CheckChannels(const QuantizationOp& fake, VarId scale, const ParameterFacts& facts) {
    uint64_t expected = 1;
    if (fake.per_channel || fake.linear()) {
      const int32_t axis = index_.program().op(walk_.op()).IntOr(attributes::kQuantAxis, 0);
      if (axis >= 0) {
        const std::vector<int64_t> dims = index_.DimsOf(ScaledWeight());
        if (static_cast<size_t>(axis) >= dims.size() || dims[static_cast<size_t>(axis)] < 0) return;
        expected = static_cast<uint64_t>(dims[static_cast<size_t>(axis)]);
      }
    }
    if (facts.count == expected) return;
    // A transposed convolution in groups has the channels of its filter once for each group.
    const NameId operand = index_.Input(walk_.op(), fake.operand);
    if (expected > 1 && facts.count % expected == 0 && walk_.ValueOf(operand).kind == ValueKind::kProduct) return;
    Error("scale-shape", fake.scale, scale,
          std::to_string(facts.count) + (facts.count == 1 ? " value for " : " values for ") +
              (expected == 1 ? "the whole tensor" : std::to_string(expected) + " channels"),
          "the parameters are of another model");
  }

  // The weight that a dequantize op scales: its operand, or the filter of the convolution whose product it is.
  VarId ScaledWeight() const {
    const NameId operand = index_.Input(walk_.op(), walk_.quantization()->operand);
    const VarId var = index_.InputVar(walk_.op(), walk_.quantization()->operand);
    if (var != kNoVar && index_.persistable(var)) return var;
    const HeldValue& value = walk_.ValueOf(operand);
    if (value.kind != ValueKind::kProduct) return kNoVar;
    const std::string_view type = index_.type(value.made_by);
    if (FindQuantizable(type) == nullptr || !IsConvolution(type)) return kNoVar;
    const VarId weight = index_.InputVar(value.made_by, slots::kFilter);
    return weight != kNoVar && index_.persistable(weight) ? weight : kNoVar;
  }

  // Weights beside an operand of integers.
  void CheckWeights() {
    const QuantizableOp* kind = FindQuantizable(index_.type(walk_.op()));
    if (kind == nullptr || walk_.RunsBlock()) return;
    const auto argument = [&](size_t i) { return index_.Input(walk_.op(), kind->operands()[i].slot); };
    for (size_t i = 0; i < kind->operands().size(); ++i) {
      const NameId name = argument(i);
      if (name == kNoName || walk_.ValueOf(argument(1 - i)).kind != ValueKind::kInteger) continue;
      if (walk_.ValueOf(name).kind != ValueKind::kFloat) continue;
      VarId var = kNoVar;
      const ParameterFacts* facts = Stored(name, &var);
      if (facts == nullptr || !facts->fraction.found()) continue;
      Error("weight-integer", kind->operands()[i].slot, var,
            ValueText(facts->fraction) + ", no integer, and the op computes with integers",
            "the parameters are of another model, such as the float one");
    }
  }

  void CheckFinite(const Parameter& parameter, const ParameterFacts& facts) {
    if (!facts.not_finite.found()) return;
    const NameId name = index_.names().Find(parameter.name);
    const VarId var = name == kNoName ? kNoVar : index_.FirstDeclaration(name);
    if (var != kNoVar && bad_scale_[var]) return;
    Place place;
    place.variable = parameter.name;
    findings_->Warning("nonfinite-weight", std::move(place), ValueText(facts.not_finite),
                       "results that it reaches are infinite, or no numbers");
  }

  // The reader takes what Paddle itself stores otherwise than it declares: integers of weights, and scales.
  void NoteOtherType(const Parameter& parameter) {
    const NameId name = index_.names().Find(parameter.name);
    const VarId var = name == kNoName ? kNoVar : index_.FirstDeclaration(name);
    const auto declared = index_.TensorOf(var);
    const RecordHeader& header = parameter.header;
    const auto fits = [](int64_t wanted, int64_t stored) { return wanted == -1 || wanted == stored; };
    if (!declared ||
        (declared->data_type == header.data_type &&
         std::equal(declared->dims.begin(), declared->dims.end(), header.dims.begin(), header.dims.end(), fits)))
      return;
    Place place;
    place.variable = parameter.name;
    findings_->Note("stored-type", std::move(place),
                    "the tensor is " + DescribeTensor(header.data_type, header.dims) + ", declared as " +
                        DescribeTensor(declared->data_type, declared->dims) +
                        ": Paddle stores it so, and the tensor counts");
  }

  const Index& index_;
  const ModelValues& values_;
  Findings* findings_;
  QuantizedWalk walk_;
  std::vector<bool> seen_;  // by variable
  std::vector<bool> bad_scale_;
  ScalesAtStart at_start_;
};

}  // namespace

const ParameterFacts* ModelValues::Find(std::string_view name) const {
  const auto found = reader == nullptr ? std::nullopt : reader->Find(name);
  return found ? &facts[*found] : nullptr;
}

void CheckModelValues(const Index& index, const ModelValues& values, Findings* findings) {
  ModelRules(index, values, findings).Check();
}

}  // namespace pdquant
