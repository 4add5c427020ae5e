#include "paddle/import/scalar_ops.h"

#include <algorithm>
#include <array>

namespace pdquant {
namespace {

// Sorted.
constexpr std::array<std::string_view, 46> kByElement = {
    "abs",           "assign",      "bitwise_and", "bitwise_not",   "bitwise_or",   "bitwise_xor",  "cast",
    "ceil",          "clip",        "cos",         "elu",           "equal",        "erf",          "exp",
    "fill_any_like", "floor",       "gelu",        "greater_equal", "greater_than", "hard_sigmoid", "hard_swish",
    "increment",     "isfinite_v2", "isinf_v2",    "isnan_v2",      "leaky_relu",   "less_equal",   "less_than",
    "log",           "logical_and", "logical_not", "logical_or",    "logical_xor",  "not_equal",    "pow",
    "relu",          "relu6",       "round",       "rsqrt",         "scale",        "sigmoid",      "sign",
    "sin",           "sqrt",        "square",      "tanh"};

constexpr std::array<std::string_view, 7> kOneElement = {"expand_v2", "fill_constant", "linspace", "range",
                                                         "reshape2",  "set_value",     "tile"};

}  // namespace

bool ComputesByElement(std::string_view type) {
  return type.starts_with("elementwise_") || std::binary_search(kByElement.begin(), kByElement.end(), type);
}

bool TakesOneElement(std::string_view type) { return std::binary_search(kOneElement.begin(), kOneElement.end(), type); }

}  // namespace pdquant
