#include "quantize/inference/quantize_model.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "paddle/scale_kinds.h"
#include "quantize/freeze/model_passes.h"
#include "quantize/inference/inference_passes.h"
#include "quantize/pipeline.h"
#include "quantize/targets/residual_sums.h"
#include "quantize/targets/target_form.h"
#include "quantize/weights/parameter_values.h"
#include "quantize/weights/planned_values.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

QuantizationForm FormFor(const QuantizeOptions& options) {
  if (options.form) return *options.form;
  return options.target ? TargetFormOf(*options.target).form : QuantizationForm::kLegacy;
}

// The scale of an activation is static: what finds it in training makes no difference in the test form.
TranspileOptions SimulationOf(const QuantizeOptions& options, const ScalesFile* scales) {
  TranspileOptions simulation;
  simulation.form = FormFor(options);
  simulation.weight_bits = options.weight_bits;
  simulation.activation_bits = options.activation_bits;
  simulation.weight_quantize_type = &ScaleOfStep(QuantizationForm::kLegacy, options.per_channel);
  if (simulation.form == QuantizationForm::kLegacy)
    simulation.activation_quantize_type = FindScaleKindOfOp(op_types::kQuantizeRange);
  simulation.for_test = true;
  simulation.out_scales = options.out_scales || (options.target && TargetFormOf(*options.target).out_scales);
  simulation.rules = options.rules;
  simulation.scales = scales;
  return simulation;
}

// The linear form has pairs in front of the sums: target_rules.h.
bool TellsResidualScales(const QuantizeOptions& options) {
  return options.target && RuntimeOf(*options.target).residual_sums && FormFor(options) == QuantizationForm::kLegacy;
}

// An op that freezing left simulated computes on rounded floats: it is not quantized for an engine.
void TakeKept(const FreezePass& freeze, RewrittenModel* model) {
  std::map<std::pair<int32_t, int64_t>, OpOutcome*> by_place;
  for (OpOutcome& op : model->ops) by_place[{op.place.block, op.place.op}] = &op;
  model->kept = freeze.kept();
  for (const KeptOp& kept : model->kept) {
    const auto found = by_place.find({kept.place.block, kept.op_in_float});
    if (found == by_place.end() || !found->second->quantized) continue;
    found->second->quantized = false;
    found->second->why = "it stays simulated: " + kept.why;
  }
}

// A parameter that is made of one that was folded is made of what is stored, with the factors.
ParameterPlan FromStored(ParameterPlan plan, const ParameterPlans& folded) {
  const auto source = folded.find(plan.source);
  if (source == folded.end() || source->second.how != ParameterPlan::How::kMultiply) return plan;
  plan.source = source->second.source;
  plan.factors = source->second.factors;
  return plan;
}

// Ops are numbered as in the program that came in, which still had what folding took out.
void NumberAsBefore(const std::vector<FoldBatchNormPass::Removed>& removed, std::vector<OpOutcome>* ops) {
  std::map<int32_t, std::vector<int64_t>> of_block;
  for (const FoldBatchNormPass::Removed& gone : removed) of_block[gone.block].push_back(gone.op);
  for (auto& [block, gone] : of_block) {
    std::sort(gone.begin(), gone.end());
    // In front of which op of the new program each of them stood.
    for (size_t i = 0; i < gone.size(); ++i) gone[i] -= static_cast<int64_t>(i);
  }
  for (OpOutcome& op : *ops) {
    const auto found = of_block.find(op.place.block);
    if (found == of_block.end()) continue;
    const std::vector<int64_t>& gone = found->second;
    op.place.op += std::upper_bound(gone.begin(), gone.end(), op.place.op) - gone.begin();
  }
}

Status ValidateForTarget(const QuantizeOptions& options) {
  if (!options.target) return {};
  const TargetForm& target = TargetFormOf(*options.target);
  const std::string word(RuntimeOf(*options.target).word);
  if (!target.takes_other_form && FormFor(options) != target.form)
    return UsageError("--form " + std::string(WordOf(FormFor(options))) + ": " + word + " takes the " +
                      std::string(WordOf(target.form)) + " form only");
  if (target.bits == 0) return {};
  for (const auto& [option, bits] :
       {std::pair("--weight-bits", options.weight_bits), std::pair("--activation-bits", options.activation_bits)}) {
    if (bits != target.bits)
      return UsageError(std::string(option) + ": " + word + " computes with " + std::to_string(target.bits) +
                        " bits only");
  }
  return {};
}

}  // namespace

Status Validate(const QuantizeOptions& options) {
  const TranspileOptions simulation = SimulationOf(options, nullptr);
  if (Status s = ValidateTogether(simulation); !s.ok()) return s;
  for (const SelectionRule& rule : options.rules) {
    if (rule.activation_quantize_type != nullptr)
      return UsageError(rule.origin + ": activations have the scales that --scales gives them");
    if (rule.weight_quantize_type != nullptr && !rule.weight_quantize_type->of_step)
      return UsageError(rule.origin + ": the scale of a weight is abs_max or channel_wise_abs_max here");
  }
  if (Status s = ValidateForTarget(options); !s.ok()) return s;
  if (simulation.form != QuantizationForm::kLinear) return {};
  const std::string way_out = ": the linear form holds at most " + std::to_string(kLinearBits) +
                              " bits; --form legacy takes up to " + std::to_string(kMostBits);
  if (options.weight_bits > kLinearBits) return UsageError("--weight-bits" + way_out);
  if (options.activation_bits > kLinearBits) return UsageError("--activation-bits" + way_out);
  for (const SelectionRule& rule : options.rules) {
    if (std::max(rule.weight_bits, rule.activation_bits) > kLinearBits) return UsageError(rule.origin + way_out);
  }
  return {};
}

Result<RewrittenModel> QuantizeModel(Program program, const QuantizeOptions& options, const ScalesFile& scales,
                                     ParameterValues* values, Findings* findings) {
  const TranspileOptions simulation = SimulationOf(options, &scales);
  FoldBatchNormPass fold(values);
  PlannedValues folded(values, &fold.parameters());
  QuantizePass quantize(simulation, options.strict, options.target, &folded);
  PlannedValues given(&folded, &quantize.parameters());
  FreezePass freeze(&given, simulation.form, true);
  StripTrainingPass strip(&freeze.state());
  RemoveUnusedPass remove;
  Pipeline pipeline(std::move(program), std::nullopt, findings, nullptr);
  ResidualScalesPass residuals(&scales);
  std::vector<Pass*> first = {&fold, &quantize, &residuals};
  if (!TellsResidualScales(options)) first.pop_back();
  if (!options.fold_batch_norm) first.erase(first.begin());
  if (Status s = pipeline.Run(first); !s.ok()) return s;
  const bool rounds = !quantize.report().pairs.empty();
  const std::array<Pass*, 3> rest = {&freeze, &strip, &remove};
  if (rounds) {
    if (Status s = pipeline.Run(rest); !s.ok()) return s;
  }
  ParameterPlans plans = fold.parameters();
  for (const auto& [name, plan] : quantize.parameters()) plans[name] = plan;
  if (rounds) {
    for (const auto& [name, plan] : freeze.parameters()) plans[name] = FromStored(plan, fold.parameters());
  }
  if (options.target) {
    if (Status s = FitToTarget(*options.target, values, &plans, &pipeline); !s.ok()) return s;
  }
  Result<Program> result = pipeline.TakeMain();
  if (!result.ok()) return result.status();
  RewrittenModel model{std::move(*result), std::move(plans), rounds ? freeze.frozen_ops() : 0, {}};
  model.folded = fold.folded();
  model.out_scales = quantize.report().out_scales + residuals.written();
  model.ops = quantize.ops();
  if (rounds) TakeKept(freeze, &model);
  NumberAsBefore(fold.removed(), &model.ops);
  if (options.target) WarnForTarget(model.program, *options.target, findings);
  return model;
}

}  // namespace pdquant
