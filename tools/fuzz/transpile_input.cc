#include "transpile_input.h"

#include <algorithm>
#include <array>

namespace pdquant::fuzz {

std::optional<TranspileInput> TranspileInput::Decode(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  size_t main_size = 0;
  for (size_t i = 0; i < 4; ++i)
    main_size |= static_cast<size_t>(static_cast<uint8_t>(bytes[kOptionBytes + i])) << (8 * i);
  const std::string_view programs = bytes.substr(kHeaderBytes);
  main_size = std::min(main_size, programs.size());
  return TranspileInput{std::string(bytes.substr(0, kOptionBytes)), std::string(programs.substr(0, main_size)),
                        std::string(programs.substr(main_size))};
}

std::string TranspileInput::Encode() const {
  std::string out = options;
  for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<char>(main.size() >> (8 * i)));
  return out + main + startup;
}

TranspileOptions TranspileInput::Options() const {
  const auto byte = [&](size_t i) { return static_cast<int32_t>(static_cast<uint8_t>(options[i])); };
  TranspileOptions result;
  result.weight_bits = 2 + byte(0) % 15;
  result.activation_bits = 2 + byte(1) % 15;
  result.weight_quantize_type = &ScaleKinds()[static_cast<size_t>(byte(2)) % ScaleKinds().size()];
  result.activation_quantize_type = &ScaleKinds()[static_cast<size_t>(byte(3)) % ScaleKinds().size()];
  result.window_size = 1 + byte(4);
  result.moving_rate = static_cast<float>(1 + byte(5)) / 257.0F;
  result.for_test = byte(6) % 2 != 0;
  constexpr std::array<QuantizationForm, 3> kForms = {QuantizationForm::kLegacy, QuantizationForm::kFused,
                                                      QuantizationForm::kLinear};
  result.form = kForms[static_cast<size_t>(byte(6)) / 2 % kForms.size()];
  if (!ValidateTogether(result).ok()) result.weight_quantize_type = nullptr;
  if (!ValidateTogether(result).ok()) result.activation_quantize_type = nullptr;
  return result;
}

}  // namespace pdquant::fuzz
