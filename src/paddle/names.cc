#include "paddle/names.h"

namespace pdquant {
namespace {

constexpr std::string_view kThresholdSuffix = "_threshold";

}  // namespace

std::string GradientSlot(std::string_view slot) { return std::string(slot) + std::string(kGradientSuffix); }

bool IsGradientTypeOf(std::string_view gradient, std::string_view forward) {
  return gradient.size() == forward.size() + kGradientOpSuffix.size() && gradient.starts_with(forward) &&
         gradient.ends_with(kGradientOpSuffix);
}

bool IsGradientName(std::string_view name) { return name.find(kGradientSuffix) != std::string_view::npos; }

std::string_view VariableOfGradient(std::string_view gradient) {
  constexpr std::string_view kSecondBackward = "grad/";
  while (gradient.starts_with(kSecondBackward)) gradient.remove_prefix(kSecondBackward.size());
  return gradient.substr(0, gradient.find(kGradientSuffix));
}

std::string_view VariableOfRecomputed(std::string_view name) { return name.substr(0, name.find(".subprog_")); }

ValueNames NamesOfValue(std::string_view variable, uint32_t number, bool backward, std::string_view scale_suffix) {
  std::string base(variable);
  if (number != 0) base += (backward ? "_backward_" : "_") + std::to_string(number);
  return {base + ".quantized", base + ".quantized.dequantized", base + std::string(scale_suffix)};
}

std::string ThresholdOfOutput(std::string_view slot) { return std::string(slot) + "0" + std::string(kThresholdSuffix); }

bool IsThresholdOf(std::string_view attribute, std::string_view slot) {
  if (!attribute.starts_with(slot) || !attribute.ends_with(kThresholdSuffix)) return false;
  const size_t digits = attribute.size() - slot.size() - kThresholdSuffix.size();
  return digits > 0 && attribute.substr(slot.size(), digits).find_first_not_of("0123456789") == std::string_view::npos;
}

std::string NumberedName(std::string_view prefix, uint32_t number) {
  return std::string(prefix) + "_" + std::to_string(number);
}

}  // namespace pdquant
