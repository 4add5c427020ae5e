#include "paddle/op_table.h"

#include <algorithm>

namespace pdquant {
namespace {

constexpr std::array<QuantizableOp, 3> kQuantizableOps = {{
    {"conv2d", {"Filter", "Input"}, "Output"},
    {"depthwise_conv2d", {"Filter", "Input"}, "Output"},
    {"mul", {"X", "Y"}, "Out"},
}};

constexpr std::array<std::string_view, 13> kFakeQuantize = {
    kQuantizeAbsMax,
    kQuantizeRange,
    kQuantizeMovingAverage,
    kDequantizeMaxAbs,
    "fake_quantize_dequantize_abs_max",
    "fake_quantize_dequantize_moving_average_abs_max",
    "fake_channel_wise_quantize_abs_max",
    "fake_channel_wise_quantize_dequantize_abs_max",
    "fake_channel_wise_dequantize_max_abs",
    "quantize_linear",
    "dequantize_linear",
    "quantize",  // Paddle 1.x's mobile form, and oneDNN's
    "dequantize",
};

}  // namespace

std::span<const QuantizableOp> QuantizableOps() { return kQuantizableOps; }

const QuantizableOp* FindQuantizable(std::string_view type) {
  const auto* found = std::find_if(kQuantizableOps.begin(), kQuantizableOps.end(),
                                   [&](const QuantizableOp& op) { return op.type == type; });
  return found == kQuantizableOps.end() ? nullptr : found;
}

const QuantizableOp* FindQuantizableOfGradient(std::string_view type) {
  constexpr std::string_view kGrad = "_grad";
  if (!type.ends_with(kGrad)) return nullptr;
  while (type.ends_with(kGrad)) type.remove_suffix(kGrad.size());
  return FindQuantizable(type);
}

std::string_view VariableOfGradient(std::string_view gradient) {
  constexpr std::string_view kSecondBackward = "grad/";
  while (gradient.starts_with(kSecondBackward)) gradient.remove_prefix(kSecondBackward.size());
  return gradient.substr(0, gradient.find(kGradientSuffix));
}

bool IsFakeQuantize(std::string_view type) {
  return std::find(kFakeQuantize.begin(), kFakeQuantize.end(), type) != kFakeQuantize.end();
}

}  // namespace pdquant
