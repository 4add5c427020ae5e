#include "paddle/generated_names.h"

namespace pdquant {

ValueNames NamesOfValue(std::string_view variable, uint32_t number, bool backward) {
  std::string base(variable);
  if (number != 0) base += (backward ? "_backward_" : "_") + std::to_string(number);
  return {base + ".quantized", base + ".quantized.dequantized", base + ".scale"};
}

std::string NumberedName(std::string_view prefix, uint32_t number) {
  return std::string(prefix) + "_" + std::to_string(number);
}

}  // namespace pdquant
