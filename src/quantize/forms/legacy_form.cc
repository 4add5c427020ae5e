// The form of the QuantizeTranspiler of paddlepaddle 1.8.5:
//
//   before:  V ─────────────────────────────────────────────────────────────────> op
//   after:   V ─> fake_quantize_… ─> V.quantized ─> fake_dequantize_… ─> V.quantized.dequantized ─> op
//                       └──────────> V.scale ──────────────┘
#include "quantize/forms/form.h"

namespace pdquant {
namespace {

class Legacy : public Form {
 public:
  QuantizationForm kind() const override { return QuantizationForm::kLegacy; }
  ValueNames NamesOf(std::string_view variable, uint32_t number, bool backward) const override {
    return NamesOfValue(variable, number, backward);
  }
};

}  // namespace

const Form& LegacyForm() {
  static const Legacy form;
  return form;
}

}  // namespace pdquant
