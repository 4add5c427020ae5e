// Weight-only storage (paddle/weight_only.h).
//
//   before:  w (float32) ─┐                           after:  w (int8) ─┐  steps, bits in attributes of the op
//            x ───────────┴> matmul_v2 ─> out                 x ────────┴> mul ─> out
//
// conv2d, depthwise_conv2d and mul stay what they are; a matmul or a matmul_v2 that mul can compute becomes one, since
// Paddle-Lite knows those three. Declarations go on saying FP32, which it wants (WeightQuantization of paddlepaddle
// 2.6.2). It scales the weight of each op back in its place, so that two ops don't share one: the second gets a copy,
// and who reads the weight in float keeps it.
#ifndef PDQUANT_QUANTIZE_WEIGHT_ONLY_WEIGHT_ONLY_PASS_H_
#define PDQUANT_QUANTIZE_WEIGHT_ONLY_WEIGHT_ONLY_PASS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "quantize/pass.h"
#include "quantize/rules/rule.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

struct WeightOnlyOptions {
  int32_t bits = 8;  // or 16
  bool per_channel = true;
  SelectionRules rules = DefaultRules();
};

// The rules of a run: those of its options, with the types that can be stored by default. Errors: kUsage, where a rule
// asks for what can't be stored.
Result<SelectionRules> RulesForWeightOnly(SelectionRules rules);

class WeightOnlyPass : public Pass {
 public:
  WeightOnlyPass(ParameterValues* values, const WeightOnlyOptions& options) : values_(values), options_(options) {}

  std::string_view name() const override { return "weights"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: how the parameters are written, the ops whose weights are stored, and those with a weight that
  // stay as they were, with the reason.
  const ParameterPlans& parameters() const { return plans_; }
  size_t stored_ops() const { return stored_ops_; }
  const std::vector<KeptOp>& kept() const { return kept_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  const WeightOnlyOptions& options_;
  ParameterPlans plans_;
  size_t stored_ops_ = 0;
  std::vector<KeptOp> kept_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHT_ONLY_WEIGHT_ONLY_PASS_H_
