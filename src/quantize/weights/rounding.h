// The arithmetic of symmetric fixed-point quantization of float32 tensors.
//
// Notation: b bits, R = 2^(b-1) - 1, s > 0 the scale (the threshold, not the step). Source of the formulas:
// QuantizeTranspiler._quant of paddlepaddle 1.8.5, and fake_quantize_op.h, fake_dequantize_op.h there.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_ROUNDING_H_
#define PDQUANT_QUANTIZE_WEIGHTS_ROUNDING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace pdquant {

// R, the largest integer of that many bits: 127 for 8. `bits` is 2 to 16.
constexpr int32_t MaxInteger(int32_t bits) { return (1 << (bits - 1)) - 1; }

// What is written in place of a scale of 0, so that nothing divides by it.
inline constexpr float kTinyScale = 1e-8F;

// max|x|; 0 for no values. NaN and infinities count as larger than all numbers: the result is then not finite.
float MaxAbs(std::span<const float> x);

// The position of the first NaN or infinity.
std::optional<size_t> FindNonFinite(std::span<const float> x);

// Whether all values are integers of at most 22 bits.
bool AllIntegers(std::span<const float> x);

// What quantizing did to a tensor; sums over its chunks.
struct RoundingError {
  uint64_t count = 0;
  uint64_t zeros = 0;      // q = 0
  uint64_t saturated = 0;  // |q| = R
  double signal = 0;       // Σ x²
  double noise = 0;        // Σ (x - q·s/R)²
  float largest = 0;       // max |x - q·s/R|

  // Signal to quantization noise ratio, 10·log10(Σ x² / Σ (x - q·s/R)²) in dB: B. Widrow, I. Kollár, "Quantization
  // Noise", Cambridge University Press 2008, ch. 1. Nothing where there is no noise or no signal.
  std::optional<double> SqnrDb() const;
};

// q = round(clip(x, -s, s) / s · R), half to even, in float32, the division first, as numpy computes it for the
// reference. `x` and `q` have the same size, and may be the same memory. Adds to `error`.
void Quantize(std::span<const float> x, float s, int32_t max_integer, std::span<float> q, RoundingError* error);

// x = q · s / R in float32, multiplication first, as the kernel of fake_dequantize_max_abs computes it.
void Dequantize(std::span<const float> q, float s, float max_range, std::span<float> x);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_ROUNDING_H_
