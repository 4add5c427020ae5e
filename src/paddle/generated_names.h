// The names of the variables that the quantization passes make (QuantizeTranspiler of paddlepaddle 1.8.5).
#ifndef PDQUANT_PADDLE_GENERATED_NAMES_H_
#define PDQUANT_PADDLE_GENERATED_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pdquant {

// The names around one quantized value of variable V: V.quantized, V.quantized.dequantized, V.scale. A later value of
// V, or a V whose names are taken, gets V_1.quantized, V_1.quantized.dequantized, V_1.scale, then V_2… Those that serve
// the backward count for themselves (V_backward_1…), so that the test form, which has no backward, has the same names.
struct ValueNames {
  std::string quantized;
  std::string dequantized;
  std::string scale;
};
ValueNames NamesOfValue(std::string_view variable, uint32_t number, bool backward = false);

// PREFIX_N: the variables of a scale that each pair has for itself (ScaleVariable::prefix).
std::string NumberedName(std::string_view prefix, uint32_t number);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_GENERATED_NAMES_H_
