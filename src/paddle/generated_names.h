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

// scales_N: the window of range_abs_max. state_N, accum_N: the running sums of moving_average_abs_max.
std::string WindowName(uint32_t number);
std::string StateName(uint32_t number);
std::string AccumName(uint32_t number);
// loop_counter_N: counts the runs of one range_abs_max pair inside a loop.
std::string LoopCounterName(uint32_t number);

// What the variables of a static scale start with.
inline constexpr float kScaleStart = 0.001F;
inline constexpr float kRunningSumStart = 1.0F;

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_GENERATED_NAMES_H_
