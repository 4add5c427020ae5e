// Passes of `convert` that go from one form of a simulation to another.
#ifndef PDQUANT_QUANTIZE_CONVERT_CONVERT_PASSES_H_
#define PDQUANT_QUANTIZE_CONVERT_CONVERT_PASSES_H_

#include <string>
#include <string_view>
#include <unordered_set>

#include "base/status.h"
#include "paddle/quantization_ops.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// A simulated program in another form: the same values are rounded with the same scales, by other ops.
//
//   legacy:  w ─> fake_quantize_* ─> fake_dequantize_* ─> …     linear:  w ─> quantize_linear ─> dequantize_linear ─> …
//
// The scale of a weight that legacy and fused ops find anew at each run is computed and stored for the linear form; an
// activation with such a scale has no linear form.
class ReformPass : public Pass {
 public:
  // `form` is legacy or linear.
  ReformPass(ParameterValues* values, QuantizationForm form) : values_(values), form_(form) {}

  std::string_view name() const override { return "reform"; }
  Result<Outcome> Run(const PassContext& context) override;

  const ParameterPlans& parameters() const { return plans_; }
  // What the ops that went kept their scales and their state in.
  const std::unordered_set<std::string>& state() const { return state_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  QuantizationForm form_;
  ParameterPlans plans_;
  std::unordered_set<std::string> state_;
};

// Pairs of the linear form that only look at a value, and pass it on as it is, go. What they know of it becomes
// attributes of the op that writes it, out_threshold and SLOT0_threshold.
//
//   before:  relu ─> a ─> quantize_linear{only_observer} ─> dequantize_linear{only_observer} ─> b ─> pool2d
//   after:   relu{out_threshold} ─> a ─> pool2d
//
// Paddle 2.6 gives what such a pair writes the name that a pair which rounds the same value has already: which of both
// an op reads is told by its place.
class DissolveObserversPass : public Pass {
 public:
  // `values` may be null: then no attributes are written.
  explicit DissolveObserversPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "dissolve-observers"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Names of variables that the pairs had.
  const std::unordered_set<std::string>& unneeded() const { return unneeded_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  std::unordered_set<std::string> unneeded_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_CONVERT_CONVERT_PASSES_H_
