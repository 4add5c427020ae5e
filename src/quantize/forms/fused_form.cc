// The form of paddlepaddle 2.x in which one op rounds a value:
//
//   before:  V ──────────────────────────────────────────────────────────────> op
//   after:   V ─> fake_quantize_dequantize_… ─> V.quantized.dequantized ─────> op
//                       └──────────> V.scale
#include "quantize/forms/form.h"

namespace pdquant {
namespace {

class Fused : public Form {
 public:
  QuantizationForm kind() const override { return QuantizationForm::kFused; }
  ValueNames NamesOf(std::string_view variable, uint32_t number, bool backward) const override {
    ValueNames names = NamesOfValue(variable, number, backward);
    names.quantized.clear();
    return names;
  }
};

}  // namespace

const Form& FusedForm() {
  static const Fused form;
  return form;
}

}  // namespace pdquant
