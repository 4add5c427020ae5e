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
#include <vector>

#include "paddle/quantization_ops.h"

namespace pdquant {

// R, the largest integer of that many bits: 127 for 8. `bits` is 2 to 16.
constexpr int32_t MaxInteger(int32_t bits) { return (1 << (bits - 1)) - 1; }

// The most bits of an integer of the linear form.
inline constexpr int32_t kLinearBits = 8;

// What is written in place of a scale of 0, so that nothing divides by it.
inline constexpr float kTinyScale = 1e-8F;

// The axis of values that each pair of indices of a tensor's first two axes has one of.
inline constexpr int32_t kFirstTwoAxes = -2;

// The scales of a tensor: one for all of it, or one for each index along an axis.
struct Scales {
  std::vector<float> values;  // s of each channel
  int32_t axis = kWholeTensor;
};

// Up to here kernels take a scale for 0, since they guard their division, and max_range would leave float32.
inline constexpr float kSmallestScale = 4e-30F;
// Writes kTinyScale in the place of scales up to that. Returns whether there was one.
bool ReplaceTinyScales(Scales* scales);

// How the elements of a tensor, which lie in row-major order, belong to the channels along an axis: `inner` elements
// side by side to each of the channels in turn, and again from the first.
struct ChannelLayout {
  uint64_t channels = 1;
  uint64_t inner = UINT64_MAX;

  // Of a tensor of that shape; `axis` is kWholeTensor, which gives one channel, kFirstTwoAxes, or an index of `dims`,
  // none of which is negative.
  static ChannelLayout Of(std::span<const int64_t> dims, int32_t axis);
};

// max|x|; 0 for no values. NaN and infinities count as larger than all numbers: the result is then not finite.
float MaxAbs(std::span<const float> x);
// The same for each channel: raises `largest`, a value for each channel, to what is found in `x`, the elements of the
// tensor from `position` on.
void RaiseMaxAbs(std::span<const float> x, uint64_t position, const ChannelLayout& layout, std::span<float> largest);

// The position of the first NaN or infinity.
std::optional<size_t> FindNonFinite(std::span<const float> x);

// Whether all values are integers of at most 22 bits.
bool AllIntegers(std::span<const float> x);

// 10·log10(signal / noise) in dB; nothing where there is no noise or no signal.
std::optional<double> RatioDb(double signal, double noise);

// The channel of a tensor that lost most.
struct WorstChannel {
  uint64_t index = 0;
  double sqnr_db = 0;
};

// What quantizing did to a tensor; sums over its chunks.
struct RoundingError {
  uint64_t count = 0;
  uint64_t zeros = 0;      // q = 0
  uint64_t saturated = 0;  // |q| = R
  double signal = 0;       // Σ x²
  double noise = 0;        // Σ (x - q·s/R)²
  float largest = 0;       // max |x - q·s/R|
  // The sums of each channel, where each has a scale; empty for one scale.
  std::vector<double> channel_signal = {};
  std::vector<double> channel_noise = {};

  // Signal to quantization noise ratio, 10·log10(Σ x² / Σ (x - q·s/R)²) in dB: B. Widrow, I. Kollár, "Quantization
  // Noise", Cambridge University Press 2008, ch. 1. Nothing where there is no noise or no signal.
  std::optional<double> SqnrDb() const { return RatioDb(signal, noise); }
  // The channel with the lowest such ratio, the first of several; nothing where none has one, or there are no channels.
  std::optional<WorstChannel> Worst() const;
};

// The integers of a form: -R to R, or with one more below, as quantize_linear has them.
enum class IntegerRange : uint8_t { kSymmetric, kFull };

// q = round(clip(x, -s, s) / s · R), half to even, in float32, the division first, as numpy computes it for the
// reference; in the full range what lies below -s is clipped at -R - 1. `x` are the elements of a tensor from
// `position` on, and `s` is that of an element's channel. `x` and `q` have the same size, and may be the same memory.
// Adds to `error`.
void Quantize(std::span<const float> x, uint64_t position, const ChannelLayout& layout, std::span<const float> scales,
              int32_t max_integer, std::span<float> q, RoundingError* error,
              IntegerRange range = IntegerRange::kSymmetric);

// y = x · factor of the channel. `x` and `y` have the same size, and may be the same memory.
void Multiply(std::span<const float> x, uint64_t position, const ChannelLayout& layout, std::span<const float> factors,
              std::span<float> y);

// x = q · s / max_range in float32, multiplication first, as the kernel of fake_dequantize_max_abs computes it; the
// arguments are as above.
void Dequantize(std::span<const float> q, uint64_t position, const ChannelLayout& layout, std::span<const float> scales,
                float max_range, std::span<float> x);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_ROUNDING_H_
