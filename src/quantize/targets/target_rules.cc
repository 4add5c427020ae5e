#include "quantize/targets/target_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/uses.h"
#include "analysis/value_signs.h"
#include "analysis/weights.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/runtimes/runtime_faults.h"
#include "paddle/scale_kinds.h"

namespace pdquant {
namespace {

// Which scale the weights of a kind of op have for a target, whatever the run says otherwise.
struct WeightScale {
  Target target;
  bool (*is_of)(std::string_view type);
  bool per_channel;
};
constexpr std::array<WeightScale, 2> kWeightScales = {{
    {Target::kOneDnn, IsMatrixProduct, false},
    {Target::kTensorRt, IsConvolution, true},
}};

std::string Origin(Target target) { return "--target " + std::string(RuntimeOf(target).word); }

// Asks of each op of a program why it stays float for a target.
class FloatOps {
 public:
  FloatOps(const Index& index, Target target, QuantizationForm form)
      : index_(index),
        runtime_(RuntimeOf(target)),
        legacy_(form == QuantizationForm::kLegacy),
        uses_(index),
        parameters_(index, nullptr) {}

  // Empty where nothing speaks against it.
  std::string Why(OpId op, const QuantizableOp& row) const {
    const std::string name(runtime_.name);
    const std::span<const std::string_view> written =
        runtime_.integer_ops.empty() ? runtime_.ops : runtime_.integer_ops;
    if (!written.empty() && !Contains(written, row.type)) return name + " doesn't compute it with integers";
    for (const Situation situation : SituationsOf(op, row)) {
      const RuntimeFault* fault = FindFault(runtime_.target, situation);
      if (fault != nullptr && fault->level == Level::kError && (legacy_ || !fault->legacy_only))
        return std::string(fault->text);
    }
    return "";
  }

 private:
  // Those that keep an op of a float program in float.
  std::vector<Situation> SituationsOf(OpId op, const QuantizableOp& row) const {
    std::vector<Situation> found;
    if (index_.program().BlockOfOp(op) != 0) found.push_back(Situation::kInBlock);
    if (!IsMatrixProduct(row.type)) return found;
    const bool left = IsParameter(op, slots::kX);
    const bool right = IsParameter(op, slots::kY);
    if (left) found.push_back(Situation::kWeightOnTheLeft);
    if ((left || right) && RankOf(op, left ? slots::kX : slots::kY) > 2) found.push_back(Situation::kBatchedWeight);
    if (!left && !right && IsNeverNegative(op, slots::kX) != IsNeverNegative(op, slots::kY))
      found.push_back(Situation::kMixedSigns);
    return found;
  }

  static bool Contains(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  bool IsParameter(OpId op, std::string_view slot) const {
    const VarId var = index_.InputVar(op, slot);
    return var != kNoVar && parameters_.IsParameter(var);
  }

  size_t RankOf(OpId op, std::string_view slot) const {
    const auto tensor = index_.program().var(index_.InputVar(op, slot)).lod_tensor();
    return tensor ? tensor->dims.size() : 0;
  }

  bool IsNeverNegative(OpId op, std::string_view slot) const {
    return pdquant::IsNeverNegative(index_, uses_, index_.InputVar(op, slot));
  }

  const Index& index_;
  const Runtime& runtime_;
  bool legacy_;
  Uses uses_;
  Parameters parameters_;
};

// One rule for each reason, about the ops that it keeps.
void AddFloatRules(const Index& index, Target target, QuantizationForm form, SelectionRules* rules) {
  const FloatOps floats(index, target, form);
  const size_t first = rules->size();
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    const QuantizableOp* row = FindQuantizable(index.type(op));
    if (row == nullptr) continue;
    const std::string why = floats.Why(op, *row);
    if (why.empty()) continue;
    auto rule = std::find_if(rules->begin() + static_cast<std::ptrdiff_t>(first), rules->end(),
                             [&](const SelectionRule& known) { return known.why_float == why; });
    if (rule == rules->end()) {
      rules->emplace_back();
      rule = rules->end() - 1;
      rule->origin = Origin(target);
      rule->why_float = why;
      rule->keep_float = true;
      rule->built_in = true;
    }
    rule->ops.push_back(op);
  }
}

}  // namespace

SelectionRules WithRulesOfTarget(const Index& index, Target target, QuantizationForm form, SelectionRules rules) {
  SelectionRules all;
  for (const WeightScale& scale : kWeightScales) {
    if (scale.target != target) continue;
    SelectionRule& rule = all.emplace_back();
    rule.origin = Origin(target);
    rule.built_in = true;
    rule.weight_quantize_type = &ScaleOfStep(QuantizationForm::kLegacy, scale.per_channel);
    for (const QuantizableOp& row : QuantizableOps()) {
      if (scale.is_of(row.type)) rule.types.push_back(FindQuantizable(row.type));
    }
  }
  std::move(rules.begin(), rules.end(), std::back_inserter(all));
  AddFloatRules(index, target, form, &all);
  return all;
}

}  // namespace pdquant
