#include "paddle/generated_names.h"

namespace pdquant {

ValueNames NamesOfValue(std::string_view variable, uint32_t number, bool backward) {
  std::string base(variable);
  if (number != 0) base += (backward ? "_backward_" : "_") + std::to_string(number);
  return {base + ".quantized", base + ".quantized.dequantized", base + ".scale"};
}

std::string WindowName(uint32_t number) { return "scales_" + std::to_string(number); }
std::string StateName(uint32_t number) { return "state_" + std::to_string(number); }
std::string AccumName(uint32_t number) { return "accum_" + std::to_string(number); }
std::string LoopCounterName(uint32_t number) { return "loop_counter_" + std::to_string(number); }

}  // namespace pdquant
