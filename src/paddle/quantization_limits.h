// How far Paddle's quantize ops go.
#ifndef PDQUANT_PADDLE_QUANTIZATION_LIMITS_H_
#define PDQUANT_PADDLE_QUANTIZATION_LIMITS_H_

#include <cstdint>

namespace pdquant {

// The range of bits that a value can be quantized to.
inline constexpr int32_t kFewestBits = 2;
inline constexpr int32_t kMostBits = 16;

// The most steps of a scale's window.
inline constexpr int32_t kLargestWindow = 1 << 20;

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_QUANTIZATION_LIMITS_H_
