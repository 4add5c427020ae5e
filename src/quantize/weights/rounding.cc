#include "quantize/weights/rounding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace pdquant {
namespace {

constexpr int32_t kMagnitude = 0x7FFFFFFF;
constexpr int32_t kInfinity = 0x7F800000;

// Floats without a sign are in the order of their bits, with the infinities and NaN on top. The bits are signed
// integers here: those every x86-64 compares in vectors.
int32_t MagnitudeBits(float value) { return std::bit_cast<int32_t>(value) & kMagnitude; }

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

// How far a tensor is worked on at a time: 32-bit counters in the lanes hold no more than 2^31 values.
constexpr size_t kBlock = size_t{1} << 20U;
// With a scale for each channel the scales of so many elements are spread out first, so that the loop over them is the
// same straight one as with a single scale.
constexpr size_t kSpread = size_t{1} << 12U;

// A call for each element would take three times as long, and GCC 12 leaves one in some of the loops.
[[gnu::always_inline]] inline float QuantizeOne(float x, float s, float r, float lowest, size_t lane, Lanes* lanes) {
  const float clipped = std::min(std::max(x, s * lowest), s);
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

// Calls run(begin, size, channel) for each run of elements of one channel among `count` of them from `position` on;
// `begin` counts from the first of them.
template <typename Run>
void ForEachRun(uint64_t position, size_t count, const ChannelLayout& layout, const Run& run) {
  uint64_t channel = position / layout.inner % layout.channels;
  uint64_t left = layout.inner - position % layout.inner;
  for (size_t begin = 0; begin < count;) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(left, count - begin));
    run(begin, size, static_cast<size_t>(channel));
    begin += size;
    left = layout.inner;
    if (++channel == layout.channels) channel = 0;
  }
}

// Calls row(begin, size, channel) for elements of channels that follow one another, of a layout with one element in a
// run: the last axis of a tensor.
template <typename Row>
void ForEachRow(uint64_t position, size_t count, const ChannelLayout& layout, const Row& row) {
  uint64_t channel = position % layout.channels;
  for (size_t begin = 0; begin < count;) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(layout.channels - channel, count - begin));
    row(begin, size, static_cast<size_t>(channel));
    begin += size;
    channel = 0;
  }
}

// Adds to the sums of each channel what became of `x`, elements from `position` on.
class ChannelSums {
 public:
  ChannelSums(const ChannelLayout& layout, std::span<const float> scales, float r, RoundingError* error)
      : layout_(layout), scales_(scales), r_(r), signal_(error->channel_signal), noise_(error->channel_noise) {}

  void Add(std::span<const float> x, std::span<const float> q, uint64_t position) {
    if (layout_.inner == 1) return AddSideBySide(x, q, position);
    ForEachRun(position, x.size(), layout_, [&](size_t begin, size_t size, size_t channel) {
      AddRun(x.subspan(begin, size), q.subspan(begin, size), channel);
    });
  }

 private:
  static double Square(float x) { return static_cast<double>(x) * static_cast<double>(x); }

  void AddRun(std::span<const float> x, std::span<const float> q, size_t channel) {
    constexpr size_t kSums = 4;  // independent, so that they can be added side by side
    std::array<double, kSums> signal = {};
    std::array<double, kSums> noise = {};
    const float s = scales_[channel];
    for (size_t i = 0; i < x.size(); ++i) {
      signal[i % kSums] += Square(x[i]);
      noise[i % kSums] += Square(x[i] - q[i] * s / r_);
    }
    for (size_t lane = 0; lane < kSums; ++lane) {
      signal_[channel] += signal[lane];
      noise_[channel] += noise[lane];
    }
  }

  // Where each element is of the channel behind that of the one before.
  void AddSideBySide(std::span<const float> x, std::span<const float> q, uint64_t position) {
    ForEachRow(position, x.size(), layout_, [&](size_t begin, size_t size, size_t channel) {
      for (size_t i = 0; i < size; ++i) {
        signal_[channel + i] += Square(x[begin + i]);
        noise_[channel + i] += Square(x[begin + i] - q[begin + i] * scales_[channel + i] / r_);
      }
    });
  }

  const ChannelLayout& layout_;
  std::span<const float> scales_;
  float r_;
  std::span<double> signal_;
  std::span<double> noise_;
};

// `scale_at` gives the scale of the element number i of `x`; `lowest` · s is the lowest value that isn't clipped.
template <typename ScaleAt>
void QuantizeBlock(std::span<const float> x, const ScaleAt& scale_at, float r, float lowest, float* q,
                   RoundingError* error) {
  Lanes lanes;
  size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane)
      q[i + lane] = QuantizeOne(x[i + lane], scale_at(i + lane), r, lowest, lane, &lanes);
  }
  for (; i < x.size(); ++i) q[i] = QuantizeOne(x[i], scale_at(i), r, lowest, 0, &lanes);
  for (size_t lane = 0; lane < kLanes; ++lane) {
    error->signal += lanes.signal[lane];
    error->noise += lanes.noise[lane];
    error->largest = std::max(error->largest, lanes.largest[lane]);
    error->zeros += lanes.zeros[lane];
    error->saturated += lanes.saturated[lane];
  }
}

// The scale of each of `count` elements from `position` on.
void SpreadScales(uint64_t position, size_t count, const ChannelLayout& layout, std::span<const float> scales,
                  float* spread) {
  if (layout.inner == 1) {
    ForEachRow(position, count, layout, [&](size_t begin, size_t size, size_t channel) {
      std::copy_n(scales.data() + channel, size, spread + begin);
    });
  } else {
    ForEachRun(position, count, layout,
               [&](size_t begin, size_t size, size_t channel) { std::fill_n(spread + begin, size, scales[channel]); });
  }
}

// Calls work(begin, size, scale_at) for blocks of `count` elements from `position` on.
template <typename Work>
void ForEachBlock(uint64_t position, size_t count, const ChannelLayout& layout, std::span<const float> scales,
                  const Work& work) {
  if (layout.channels == 1) {
    const float s = scales[0];
    for (size_t begin = 0; begin < count; begin += kBlock)
      work(begin, std::min(kBlock, count - begin), [s](size_t) { return s; });
    return;
  }
  std::array<float, kSpread> spread = {};
  for (size_t begin = 0; begin < count; begin += kSpread) {
    const size_t size = std::min(kSpread, count - begin);
    SpreadScales(position + begin, size, layout, scales, spread.data());
    work(begin, size, [&spread](size_t i) { return spread[i]; });
  }
}

}  // namespace

bool ReplaceTinyScales(Scales* scales) {
  bool found = false;
  for (float& scale : scales->values) {
    if (scale > kSmallestScale) continue;
    scale = kTinyScale;
    found = true;
  }
  return found;
}

float MaxAbs(std::span<const float> x) {
  int32_t largest = 0;
  for (const float value : x) largest = std::max(largest, MagnitudeBits(value));
  return std::bit_cast<float>(largest);
}

ChannelLayout ChannelLayout::Of(std::span<const int64_t> dims, int32_t axis) {
  ChannelLayout layout;
  if (axis == kWholeTensor) return layout;
  const size_t last = axis == kFirstTwoAxes ? 1 : static_cast<size_t>(axis);
  layout.channels = static_cast<uint64_t>(dims[last]);
  if (axis == kFirstTwoAxes) layout.channels *= static_cast<uint64_t>(dims[0]);
  layout.channels = std::max<uint64_t>(1, layout.channels);
  if (layout.channels == 1) return layout;
  layout.inner = 1;
  for (const int64_t dim : dims.subspan(last + 1)) layout.inner *= static_cast<uint64_t>(dim);
  layout.inner = std::max<uint64_t>(1, layout.inner);
  return layout;
}

void RaiseMaxAbs(std::span<const float> x, uint64_t position, const ChannelLayout& layout, std::span<float> largest) {
  const auto raise = [&largest](size_t channel, float value) {
    largest[channel] = std::bit_cast<float>(std::max(MagnitudeBits(largest[channel]), MagnitudeBits(value)));
  };
  if (layout.inner == 1) {
    ForEachRow(position, x.size(), layout, [&](size_t begin, size_t size, size_t channel) {
      for (size_t i = 0; i < size; ++i) raise(channel + i, x[begin + i]);
    });
  } else {
    ForEachRun(position, x.size(), layout,
               [&](size_t begin, size_t size, size_t channel) { raise(channel, MaxAbs(x.subspan(begin, size))); });
  }
}

std::optional<size_t> FindNonFinite(std::span<const float> x) {
  const auto found = std::find_if(x.begin(), x.end(), [](float value) { return MagnitudeBits(value) >= kInfinity; });
  if (found == x.end()) return std::nullopt;
  return static_cast<size_t>(found - x.begin());
}

bool AllIntegers(std::span<const float> x) {
  uint32_t others = 0;
  for (const float value : x) others += RoundHalfToEven(value) == value ? 0U : 1U;
  return others == 0;
}

std::optional<double> RatioDb(double signal, double noise) {
  if (signal == 0 || noise == 0) return std::nullopt;
  return 10 * std::log10(signal / noise);
}

std::optional<WorstChannel> RoundingError::Worst() const {
  std::optional<WorstChannel> worst;
  for (size_t i = 0; i < channel_signal.size(); ++i) {
    const auto ratio = RatioDb(channel_signal[i], channel_noise[i]);
    if (ratio && (!worst || *ratio < worst->sqnr_db)) worst = {i, *ratio};
  }
  return worst;
}

void Quantize(std::span<const float> x, uint64_t position, const ChannelLayout& layout, std::span<const float> scales,
              int32_t max_integer, std::span<float> q, RoundingError* error, IntegerRange range) {
  const auto r = static_cast<float>(max_integer);
  const float lowest = range == IntegerRange::kFull ? -(r + 1) / r : -1;
  error->count += x.size();
  if (layout.channels == 1) {
    ForEachBlock(position, x.size(), layout, scales, [&](size_t begin, size_t size, const auto& scale_at) {
      QuantizeBlock(x.subspan(begin, size), scale_at, r, lowest, q.data() + begin, error);
    });
    return;
  }
  error->channel_signal.resize(layout.channels);
  error->channel_noise.resize(layout.channels);
  ChannelSums sums(layout, scales, r, error);
  std::array<float, kSpread> before = {};  // `q` may lie where `x` does
  ForEachBlock(position, x.size(), layout, scales, [&](size_t begin, size_t size, const auto& scale_at) {
    const std::span<const float> block = std::span(before).first(size);
    std::copy_n(x.begin() + static_cast<ptrdiff_t>(begin), size, before.begin());
    QuantizeBlock(block, scale_at, r, lowest, q.data() + begin, error);
    sums.Add(block, q.subspan(begin, size), position + begin);
  });
}

void Multiply(std::span<const float> x, uint64_t position, const ChannelLayout& layout, std::span<const float> factors,
              std::span<float> y) {
  ForEachBlock(position, x.size(), layout, factors, [&](size_t begin, size_t size, const auto& factor_at) {
    for (size_t i = 0; i < size; ++i) y[begin + i] = x[begin + i] * factor_at(i);
  });
}

void Dequantize(std::span<const float> q, uint64_t position, const ChannelLayout& layout, std::span<const float> scales,
                float max_range, std::span<float> x) {
  ForEachBlock(position, q.size(), layout, scales, [&](size_t begin, size_t size, const auto& scale_at) {
    for (size_t i = 0; i < size; ++i) x[begin + i] = q[begin + i] * scale_at(i) / max_range;
  });
}

}  // namespace pdquant
