// A simulated program in another form: the same values are rounded with the same scales, by other ops.
//
//   legacy:  w ─> fake_quantize_* ─> fake_dequantize_* ─> …     linear:  w ─> quantize_linear ─> dequantize_linear ─> …
//
// The scale of a weight that legacy and fused ops find anew at each run is computed and stored for the linear form; an
// activation with such a scale has no linear form.
#ifndef PDQUANT_QUANTIZE_CONVERT_REFORM_PASS_H_
#define PDQUANT_QUANTIZE_CONVERT_REFORM_PASS_H_

#include <string>
#include <string_view>
#include <unordered_set>

#include "base/status.h"
#include "paddle/quantization_ops.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

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

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_CONVERT_REFORM_PASS_H_
