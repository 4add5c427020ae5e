#include "quantize/weights/rounding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace pdquant {
namespace {

constexpr uint32_t kMagnitude = 0x7FFFFFFF;
constexpr uint32_t kInfinity = 0x7F800000;

// Half to even for |x| <= 2^22: in the sum no bit is left for a fraction. Compilers vectorize it on every x86-64, which
// they don't do with nearbyint.
float RoundHalfToEven(float x) {
  constexpr float kNoFraction = 12582912.0F;  // 1.5 · 2^23
  return (x + kNoFraction) - kNoFraction;
}

// Enough independent sums that a compiler keeps them in vector registers.
constexpr size_t kLanes = 8;
struct Lanes {
  std::array<double, kLanes> signal = {};
  std::array<double, kLanes> noise = {};
  std::array<float, kLanes> largest = {};
  std::array<uint32_t, kLanes> zeros = {};
  std::array<uint32_t, kLanes> saturated = {};
};

float QuantizeOne(float x, float s, float r, size_t lane, Lanes* lanes) {
  const float clipped = std::min(std::max(x, -s), s);
  const float scaled = clipped / s * r;
  const float magnitude = RoundHalfToEven(std::fabs(scaled));
  // The sign of zero stays: numpy's round keeps it.
  const float q = std::copysign(magnitude, scaled);
  const float error = std::fabs(x - q * s / r);
  lanes->signal[lane] += static_cast<double>(x) * static_cast<double>(x);
  lanes->noise[lane] += static_cast<double>(error) * static_cast<double>(error);
  lanes->largest[lane] = std::max(lanes->largest[lane], error);
  lanes->zeros[lane] += magnitude == 0 ? 1U : 0U;
  lanes->saturated[lane] += magnitude == r ? 1U : 0U;
  return q;
}

}  // namespace

float MaxAbs(std::span<const float> x) {
  // Floats without a sign are in the order of their bits, with the infinities and NaN on top.
  uint32_t largest = 0;
  for (const float value : x) largest = std::max(largest, std::bit_cast<uint32_t>(value) & kMagnitude);
  return std::bit_cast<float>(largest);
}

std::optional<size_t> FindNonFinite(std::span<const float> x) {
  const auto found = std::find_if(
      x.begin(), x.end(), [](float value) { return (std::bit_cast<uint32_t>(value) & kMagnitude) >= kInfinity; });
  if (found == x.end()) return std::nullopt;
  return static_cast<size_t>(found - x.begin());
}

bool AllIntegers(std::span<const float> x) {
  uint32_t others = 0;
  for (const float value : x) others += RoundHalfToEven(value) == value ? 0U : 1U;
  return others == 0;
}

std::optional<double> RoundingError::SqnrDb() const {
  if (signal == 0 || noise == 0) return std::nullopt;
  return 10 * std::log10(signal / noise);
}

void Quantize(std::span<const float> x, float s, int32_t max_integer, std::span<float> q, RoundingError* error) {
  const auto r = static_cast<float>(max_integer);
  // 32-bit counters in the lanes: no more than 2^31 values at a time.
  constexpr size_t kBlock = size_t{1} << 20U;
  for (size_t begin = 0; begin < x.size(); begin += kBlock) {
    const size_t end = std::min(x.size(), begin + kBlock);
    Lanes lanes;
    size_t i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) q[i + lane] = QuantizeOne(x[i + lane], s, r, lane, &lanes);
    }
    for (; i < end; ++i) q[i] = QuantizeOne(x[i], s, r, 0, &lanes);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      error->signal += lanes.signal[lane];
      error->noise += lanes.noise[lane];
      error->largest = std::max(error->largest, lanes.largest[lane]);
      error->zeros += lanes.zeros[lane];
      error->saturated += lanes.saturated[lane];
    }
  }
  error->count += x.size();
}

void Dequantize(std::span<const float> q, float s, float max_range, std::span<float> x) {
  for (size_t i = 0; i < q.size(); ++i) x[i] = q[i] * s / max_range;
}

}  // namespace pdquant
