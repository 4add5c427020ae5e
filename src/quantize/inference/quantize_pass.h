// The pass `quantize`: a float inference program becomes the test form of a simulation whose scales are given.
//
//   before:  a ─────────────────────────┬> mul ─> …
//            w ─────────────────────────┘
//   after:   a ─> quantize ─> dequantize ─┬> mul ─> …        the scale of a from the file,
//            w ─> quantize ─> dequantize ─┘                  that of w from its own values
//
// It is the rewrite of `transpile` with the promise of that: whatever the control flow, each op reads the rounded form
// of the value that it would read in float. Freezing then makes integers of the weights.
#ifndef PDQUANT_QUANTIZE_INFERENCE_QUANTIZE_PASS_H_
#define PDQUANT_QUANTIZE_INFERENCE_QUANTIZE_PASS_H_

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

#endif  // PDQUANT_QUANTIZE_INFERENCE_QUANTIZE_PASS_H_
