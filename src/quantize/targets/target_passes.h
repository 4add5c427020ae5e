// How a frozen program is written differently for an engine: each pass repairs one thing, and computes the same.
#ifndef PDQUANT_QUANTIZE_TARGETS_TARGET_PASSES_H_
#define PDQUANT_QUANTIZE_TARGETS_TARGET_PASSES_H_

#include <string_view>

#include "base/status.h"
#include "check/rules.h"
#include "ir/edit/op_rewrites.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// The parameters as the program has them now: those that came in, and what was planned since. Passes add plans.
struct PlannedParameters {
  ParameterValues* values;
  ParameterPlans* plans;
};

// Hands the rewrites of a pass to its edits, and says whether there are any.
inline Outcome Queue(const OpRewrites& rewrites, Edits* edits) {
  rewrites.Queue(edits);
  return edits->empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

// Says which op can't be written for the engine because of a parameter, and why.
inline Status Refuse(const PassContext& context, OpId op, const Status& why) {
  context.findings->Error("parameter", PlaceOfOp(context.main->index, op), why.message());
  return BadInput("the program can't be written for the target");
}

// A pass with parameters.
class TargetPass : public Pass {
 public:
  explicit TargetPass(const PlannedParameters& parameters) : parameters_(parameters) {}

 protected:
  PlannedParameters parameters_;
};

// relu6 gets the attribute that Paddle 2.6 drops when it saves.
//   before:  relu6{}   after:  relu6{threshold 6}
class RestoreThresholdPass : public Pass {
 public:
  std::string_view name() const override { return "restore-threshold"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// Each op of the linear form gets a zero point of its own, or one at all.
//   before:  z ─> quantize_linear, dequantize_linear, …   after:  z ─> quantize_linear   z' ─> dequantize_linear
class OwnZeroPointsPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "own-zero-points"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// An op of the linear form with other than 8 bits says which integers that are.
//   before:  quantize_linear{bit_length 4}   after:  quantize_linear{bit_length 4, qmin -8, qmax 7}
class IntegerRangePass : public Pass {
 public:
  std::string_view name() const override { return "integer-range"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// The scale of a filter in the linear form is written once for each channel.
//   before:  s [1] ─> dequantize_linear ─> conv2d   after:  s' [C] ─> dequantize_linear{quant_axis 0} ─> conv2d
class FilterScalesPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "filter-scales"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// Products of matrices that share a weight get one each.
//   before:  w ─┬> mul       after:  w ──> mul
//               └> mul               w' ─> mul
class OwnWeightsPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "own-weights"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// In the legacy form, ops that scale back with the same scales of channels get those each.
//   before:  s ─┬> fake_channel_wise_dequantize_max_abs       after:  s ──> fake_channel_wise_dequantize_max_abs
//               └> fake_channel_wise_dequantize_max_abs               s' ─> fake_channel_wise_dequantize_max_abs
class OwnChannelScalesPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "own-channel-scales"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// A copy stands between a value that is quantized and ops beside it that would lend it another scale, or a sign.
//   before:  avg pool ─> x ─> quantize   after:  avg pool ─> x ─> assign ─> x' ─> quantize
class OwnScalesPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "own-scales"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// A copy stands in front of a weight that holds integers only, and that a product reads in float beside quantized ones.
//   before:  w ─> mul   after:  w ─> assign ─> w' ─> mul
class IntegersInFloatPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "integers-in-float"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// Products that are not quantized, and averages, are marked to stay so.
//   before:  pool2d{avg}   after:  pool2d{avg, skip_quant 1}
class KeepFloatPass : public Pass {
 public:
  std::string_view name() const override { return "keep-float"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// What an op with a scale of its output (out_threshold) writes is looked at by a pair that passes it on, unless a pair
// quantizes it anyway.
//   before:  conv2d ─> out ─> relu   after:  conv2d ─> out ─> quantize_linear ─> dequantize_linear ─> relu
class ObserveOutputsPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "observe-outputs"; }
  Result<Outcome> Run(const PassContext& context) override;
};

// The product of a convolution in the legacy form is scaled back channel by channel.
//   before:  conv2d ─> fake_dequantize_max_abs{s_a}
//   after:   conv2d ─> fake_channel_wise_dequantize_max_abs{[s_w, s_w, …], s_a}
class ChannelProductsPass : public TargetPass {
 public:
  using TargetPass::TargetPass;
  std::string_view name() const override { return "channel-products"; }
  Result<Outcome> Run(const PassContext& context) override;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TARGETS_TARGET_PASSES_H_
