// 16-bit floating point numbers, which C++ doesn't have.
#ifndef PDQUANT_TEXT_HALF_H_
#define PDQUANT_TEXT_HALF_H_

#include <bit>
#include <cmath>
#include <cstdint>

namespace pdquant {

// IEEE 754 binary16.
inline float FromHalf(uint16_t half) {
  const uint32_t sign = (half & 0x8000U) << 16U;
  const uint32_t exponent = half >> 10U & 31U;
  const uint32_t fraction = half & 0x3FFU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13U);
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(fraction), -24)
                              : std::ldexp(static_cast<float>(fraction | 0x400U), static_cast<int>(exponent) - 25);
  return sign == 0 ? magnitude : -magnitude;
}

// The upper half of a binary32.
inline float FromBfloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16U); }

}  // namespace pdquant

#endif  // PDQUANT_TEXT_HALF_H_
