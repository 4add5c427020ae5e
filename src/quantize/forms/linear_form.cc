// The form of paddlepaddle 2.x that ONNX has as well; the scale is the threshold max|x|, not ONNX's step:
//
//   before:  V ──────────────────────────────────────────────────────────────────────────────> op
//   after:   V ─> quantize_linear ─> V.quantized ─> dequantize_linear ─> V.quantized.dequantized ─> op
//                       └──────────> V@scale ──────────────┘
#include "quantize/forms/form.h"

namespace pdquant {
namespace {

class Linear : public Form {
 public:
  QuantizationForm kind() const override { return QuantizationForm::kLinear; }
  ValueNames NamesOf(std::string_view variable, uint32_t number, bool backward) const override {
    return NamesOfValue(variable, number, backward, kLinearScaleSuffix);
  }
};

}  // namespace

const Form& LinearForm() {
  static const Linear form;
  return form;
}

}  // namespace pdquant
