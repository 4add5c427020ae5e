// Back from a frozen program to the simulation that freezing it in another form starts from, with the scales that it
// has. Weights become floats in name only: what is read of them here are their scales (PlannedValues), and the integers
// of the new form are those of the old one (KeepIntegers).
//
//   legacy:  a ─> quantize ─> mul ─> out ─> dequantize ─> …
//            w (integers) ─────┘
//   linear:  a ─> quantize ─> dequantize ─┬> mul ─> out ─> …
//            w (integers) ─> dequantize ──┘
//   both become
//            a ─> quantize_linear ─> dequantize_linear ─┬> mul ─> out ─> …
//            w ─> quantize_linear ─> dequantize_linear ─┘
#ifndef PDQUANT_QUANTIZE_CONVERT_THAW_PASS_H_
#define PDQUANT_QUANTIZE_CONVERT_THAW_PASS_H_

#include <string_view>

#include "base/status.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class ThawPass : public Pass {
 public:
  explicit ThawPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "thaw"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: the float parameters that stand for integers, new scales and zero points.
  const ParameterPlans& thawed() const { return thawed_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  ParameterPlans thawed_;
};

// Lets the plans of a program that was frozen anew take the integers and the scales that the old one had.
void KeepIntegers(const ParameterPlans& thawed, ParameterPlans* plans);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_CONVERT_THAW_PASS_H_
