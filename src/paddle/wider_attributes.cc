#include "paddle/wider_attributes.h"

#include <algorithm>
#include <array>

namespace pdquant {
namespace {

// By comparing, attribute by attribute, what 3.0.0, 3.1.1, 3.2.2 and 3.3.1 export of the same 46 networks.
constexpr std::array<WiderAttribute, 20> kRows = {{
    {"pool2d", "strides", false, "3.1"},
    {"pool2d", "paddings", false, "3.1"},
    {"pool3d", "strides", false, "3.1"},
    {"pool3d", "paddings", false, "3.1"},
    {"pool3d", "kernel_size", false, "3.1"},
    {"expand_as", "target_shape", false, "3.1"},
    {"kthvalue", "k", false, "3.1"},
    {"leaky_relu", "negative_slope", true, "3.3"},
    {"leaky_relu_", "negative_slope", true, "3.3"},
    {"softplus", "beta", true, "3.3"},
    {"softplus", "threshold", true, "3.3"},
    {"group_norm", "epsilon", true, "3.3"},
    {"pad3d", "pad_value", true, "3.3"},
    {"bicubic_interp", "scale", true, "3.3"},
    {"bilinear_interp", "scale", true, "3.3"},
    {"legacy_bilinear_interp", "scale", true, "3.3"},
    {"legacy_nearest_interp", "scale", true, "3.3"},
    {"linear_interp", "scale", true, "3.3"},
    {"nearest_interp", "scale", true, "3.3"},
    {"trilinear_interp", "scale", true, "3.3"},
}};

}  // namespace

const WiderAttribute* FindWiderAttribute(std::string_view op, std::string_view attribute) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                 [&](const WiderAttribute& r) { return r.op == op && r.attribute == attribute; });
  return row == kRows.end() ? nullptr : row;
}

}  // namespace pdquant
