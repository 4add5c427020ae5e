// The pass `freeze`: a trained simulation becomes an inference program whose quantizable ops read integers.
//
//   before:  w ─> quantize ─> dequantize ─┐
//            a ─> quantize ─> dequantize ─┴> mul ─> out ─> …
//   after:   w (integers) ─────────────┐
//            a ─> quantize ─> a.quantized ─┴> mul ─> out ─> fake_dequantize_max_abs ─> out.dequantized ─> …
//
// The product of integers is scaled back behind the op: fake_dequantize_max_abs computes out · s_a / max_range with
// max_range = R_w·R_a / s_w (QuantizeTranspiler.freeze_program of paddlepaddle 1.8.5).
#ifndef PDQUANT_QUANTIZE_FREEZE_FREEZE_PASS_H_
#define PDQUANT_QUANTIZE_FREEZE_FREEZE_PASS_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ir/edit/op_rewrites.h"
#include "quantize/freeze/freeze_plan.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class FreezePass : public Pass {
 public:
  explicit FreezePass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "freeze"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: how the parameters of the new program are made, and the ops that were left simulated, with the
  // reason.
  const ParameterPlans& parameters() const { return plans_; }
  struct Kept {
    Place place;
    std::string why;
  };
  const std::vector<Kept>& kept() const { return kept_; }
  size_t frozen_ops() const { return frozen_ops_; }
  // Of the last run: what the quantize ops that went kept their scales and their state in. Only counters and the lists
  // of control ops may name it still.
  const std::unordered_set<std::string>& state() const { return state_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  ParameterPlans plans_;
  std::vector<Kept> kept_;
  size_t frozen_ops_ = 0;
  std::unordered_set<std::string> state_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_FREEZE_PASS_H_
