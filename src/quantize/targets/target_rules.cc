#include "quantize/targets/target_rules.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/uses.h"
#include "analysis/weights.h"
#include "check/product_situations.h"
#include "paddle/quantizable_ops.h"
#include "paddle/runtimes/runtime_faults.h"
#include "paddle/scale_kinds.h"
#include "quantize/targets/residual_sums.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

constexpr int32_t kBitsOfWeights = 8;  // of every target that minds the values

// Asks of each op of a program what a target makes of it, once it is quantized.
class TargetOps {
 public:
  TargetOps(const Index& index, Target target, QuantizationForm form, ParameterValues* values)
      : index_(index),
        runtime_(RuntimeOf(target)),
        form_(form),
        values_(values),
        uses_(index),
        situations_(index, uses_),
        parameters_(index, nullptr) {
    // Only for a target that minds it are the values of all weights read.
    if (FindFault(target, Situation::kZeroChannel) != nullptr)
      has_zero_column_ = [this](VarId parameter) { return HasColumnOfZeros(parameter); };
  }

  // What the target makes of an op. A reason is empty where nothing speaks against it.
  struct Advice {
    std::string why_float;
    std::string why_float_unless_asked;  // unless a rule of the user asks for it
    bool one_scale = false;              // whether its weight has to have one
  };

  Advice Of(OpId op, const QuantizableOp& row) {
    Advice advice;
    for (const FoundSituation& found : situations_.Of(ProductOf(op, row), has_zero_column_)) {
      const RuntimeFault* fault = FindFault(runtime_.target, found.situation);
      if (fault == nullptr || (fault->legacy_only && form_ != QuantizationForm::kLegacy)) continue;
      if (fault->remedy == Remedy::kOneScale) advice.one_scale = true;
      if (fault->remedy == Remedy::kStaysFloat && advice.why_float.empty()) advice.why_float = fault->text;
      if (fault->remedy == Remedy::kFloatUnlessAsked && advice.why_float_unless_asked.empty())
        advice.why_float_unless_asked = fault->text;
    }
    const std::span<const std::string_view> written =
        runtime_.integer_ops.empty() ? runtime_.ops : runtime_.integer_ops;
    if (!written.empty() && std::find(written.begin(), written.end(), row.type) == written.end())
      advice.why_float = std::string(runtime_.name) + " doesn't compute it with integers";
    return advice;
  }

 private:
  // With a scale for each column none is rounded to zeros unless it is zero; with one for the matrix, those of which
  // nothing reaches half a step.
  bool HasColumnOfZeros(VarId parameter) const {
    const Result<std::vector<float>> largest = values_->MaxAbs(index_.name(index_.var_name(parameter)), 1);
    if (!largest.ok() || largest->empty()) return false;
    const auto [least, most] = std::minmax_element(largest->begin(), largest->end());
    return *least * MaxInteger(kBitsOfWeights) * 2 <= *most;
  }

  // The op as it would be quantized.
  QuantizedProduct ProductOf(OpId op, const QuantizableOp& row) const {
    QuantizedProduct product;
    product.op = op;
    product.result = index_.OutputVar(op, row.output);
    product.per_channel = true;
    product.linear = form_ == QuantizationForm::kLinear;
    for (const QuantizableOperand& operand : row.operands()) {
      const VarId var = index_.InputVar(op, operand.slot);
      if (var == kNoVar) continue;
      if (!parameters_.IsParameter(var)) {
        product.activations.push_back(var);
        continue;
      }
      product.weight = var;
      product.slot = operand.slot;
    }
    return product;
  }

  const Index& index_;
  const Runtime& runtime_;
  QuantizationForm form_;
  ParameterValues* values_;
  Uses uses_;
  ProductSituations situations_;
  Parameters parameters_;
  HasZeroColumn has_zero_column_;
};

SelectionRule NewRule(Target target) { return BuiltInRule("--target " + std::string(RuntimeOf(target).word)); }

SelectionRule ScaleRule(Target target, bool per_channel) {
  SelectionRule rule = NewRule(target);
  rule.weight_quantize_type = &ScaleOfStep(QuantizationForm::kLegacy, per_channel);
  return rule;
}

// Adds the op to the rule with that reason; an empty one is none.
void KeepFloat(OpId op, const std::string& why, Target target, SelectionRules* rules) {
  if (why.empty()) return;
  auto rule =
      std::find_if(rules->begin(), rules->end(), [&](const SelectionRule& known) { return known.why_float == why; });
  if (rule == rules->end()) {
    rules->push_back(NewRule(target));
    rule = rules->end() - 1;
    rule->why_float = why;
    rule->keep_float = true;
  }
  rule->ops.push_back(op);
}

}  // namespace

SelectionRules WithRulesOfTarget(const Index& index, Target target, QuantizationForm form, ParameterValues* values,
                                 const ScalesFile& scales, SelectionRules rules) {
  TargetOps ops(index, target, form, values);
  SelectionRules floats;
  SelectionRules unless_asked;
  SelectionRule one_scale = ScaleRule(target, false);
  SelectionRule sums = NewRule(target);
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (RuntimeOf(target).residual_sums && form == QuantizationForm::kLinear && IsResidualSum(index, scales, op))
      sums.ops.push_back(op);
    const QuantizableOp* row = FindQuantizable(index.type(op));
    if (row == nullptr) continue;
    const TargetOps::Advice advice = ops.Of(op, *row);
    if (advice.one_scale) one_scale.ops.push_back(op);
    KeepFloat(op, advice.why_float, target, &floats);
    KeepFloat(op, advice.why_float_unless_asked, target, &unless_asked);
  }
  SelectionRules all;
  if (RuntimeOf(target).convolutions_per_channel) {
    SelectionRule& rule = all.emplace_back(ScaleRule(target, true));
    for (const QuantizableOp& row : QuantizableOps()) {
      if (IsConvolution(row.type)) rule.types.push_back(FindQuantizable(row.type));
    }
  }
  if (!one_scale.ops.empty()) all.push_back(std::move(one_scale));
  if (!sums.ops.empty()) {
    sums.types = {FindActivationOp(index.type(sums.ops.front()))};
    sums.request = RuleRequest::kTypes;
    all.push_back(std::move(sums));
  }
  const auto users = std::find_if(rules.begin(), rules.end(), [](const SelectionRule& rule) { return !rule.built_in; });
  std::move(rules.begin(), users, std::back_inserter(all));
  std::move(unless_asked.begin(), unless_asked.end(), std::back_inserter(all));
  std::move(users, rules.end(), std::back_inserter(all));
  std::move(floats.begin(), floats.end(), std::back_inserter(all));
  return all;
}

}  // namespace pdquant
