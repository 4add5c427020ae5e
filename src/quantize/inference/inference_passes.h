// The passes that make an integer model of a float one with the scales of a calibration.
#ifndef PDQUANT_QUANTIZE_INFERENCE_INFERENCE_PASSES_H_
#define PDQUANT_QUANTIZE_INFERENCE_INFERENCE_PASSES_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "paddle/runtimes/runtimes.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/options.h"
#include "quantize/pass.h"
#include "quantize/transpile/transpile_report.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// The pass `fold-batch-norm`: a batch_norm behind a convolution becomes a part of its weight, and a bias.
//
//   before:  x ─> conv2d (w) ─────────────> batch_norm ─> y          or with elementwise_add (b) between them
//   after:   x ─> conv2d (w · a) ─> elementwise_add (b') ─> y        a = scale / √(variance + epsilon)
//                                                                    b' = (b − mean) · a + bias
//
// Only in test form, and where nothing else reads what the convolution writes.
class FoldBatchNormPass : public Pass {
 public:
  explicit FoldBatchNormPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "fold-batch-norm"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: the new biases, and the weights with their factors.
  const ParameterPlans& parameters() const { return plans_; }
  size_t folded() const { return folded_; }
  // The ops of the program that came in which have no place in the new one. What is inserted stands in for another.
  struct Removed {
    int32_t block;
    int64_t op;
  };
  const std::vector<Removed>& removed() const { return removed_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  ParameterPlans plans_;
  size_t folded_ = 0;
  std::vector<Removed> removed_;
};

// The pass `quantize`: a float inference program becomes the test form of a simulation whose scales are given.
//
//   before:  a ─────────────────────────┬> mul ─> …
//            w ─────────────────────────┘
//   after:   a ─> quantize ─> dequantize ─┬> mul ─> …        the scale of a from the file,
//            w ─> quantize ─> dequantize ─┘                  that of w from its own values
//
// It is the rewrite of `transpile` with the promise of that: whatever the control flow, each op reads the rounded form
// of the value that it would read in float. Freezing then makes integers of the weights.
class QuantizePass : public Pass {
 public:
  // `options` have to be valid and name scales; they, and `values`, have to outlive the pass. Where it is `strict`, an
  // op that stays float because a scale is missing is an error.
  // A `target` keeps in float what its engine computes wrongly.
  QuantizePass(const TranspileOptions& options, bool strict, std::optional<Target> target, ParameterValues* values)
      : options_(options), strict_(strict), target_(target), values_(values) {}

  std::string_view name() const override { return "quantize"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: the parameters that the program has more.
  const ParameterPlans& parameters() const { return plans_; }
  const TranspileReport& report() const { return report_; }
  const std::vector<OpOutcome>& ops() const { return ops_; }

 private:
  void WarnOfUnknownNames(const Index& index, Findings* findings) const;
  void RequireAllScales(const PassContext& context) const;
  void PlanScales(const PassContext& context);

  TranspileOptions options_;
  bool strict_;
  std::optional<Target> target_;
  ParameterValues* values_;
  ParameterPlans plans_;
  TranspileReport report_;
  std::vector<OpOutcome> ops_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_INFERENCE_INFERENCE_PASSES_H_
