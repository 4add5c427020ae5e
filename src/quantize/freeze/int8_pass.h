// The pass `int8`: the weights of a frozen program, integers held as float32, are stored as int8 or int16.
//
//   before:  w (float32 integers) ─────> mul
//   after:   w.int8 (int8) ────────────> mul
//
// Names as QuantizeTranspiler.convert_to_int8 of paddlepaddle 1.8.5 gives them; integers that need more than 8 bits get
// w.int16.
#ifndef PDQUANT_QUANTIZE_FREEZE_INT8_PASS_H_
#define PDQUANT_QUANTIZE_FREEZE_INT8_PASS_H_

#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class Int8Pass : public Pass {
 public:
  explicit Int8Pass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "int8"; }
  Result<Outcome> Run(const PassContext& context) override;

  const ParameterPlans& parameters() const { return plans_; }

 private:
  ParameterValues* values_;
  ParameterPlans plans_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_INT8_PASS_H_
