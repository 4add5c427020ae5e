#include "quantize/weights/rounding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace pdquant {
namespace {

using ::testing::ElementsAre;

constexpr ChannelLayout kOneChannel;

// With one scale for all values.
void Quantize(std::span<const float> x, float s, int32_t max_integer, std::span<float> q, RoundingError* error) {
  pdquant::Quantize(x, 0, kOneChannel, {&s, 1}, max_integer, q, error);
}

// The same hash as in make_rounding.py.
float Draw(uint32_t i, float scale) {
  uint32_t h = i;
  h ^= h >> 16U;
  h *= 0x85ebca6bU;
  h ^= h >> 13U;
  h *= 0xc2b2ae35U;
  h ^= h >> 16U;
  return static_cast<float>((static_cast<double>(h) / 4294967296.0 * 2.5 - 1.25) * static_cast<double>(scale));
}

uint32_t Crc32(const std::vector<float>& values) {
  uint32_t crc = 0xFFFFFFFFU;
  for (const float value : values) {
    const auto bits = std::bit_cast<uint32_t>(value);
    for (uint32_t byte = 0; byte < 4; ++byte) {
      crc ^= bits >> (8 * byte) & 0xFFU;
      for (int i = 0; i < 8; ++i) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

uint32_t ReadHex(std::istream& in) {
  std::string text;
  in >> text;
  return static_cast<uint32_t>(std::stoul(text, nullptr, 16));
}

// Every line of testdata/rounding/expected.txt is numpy's word.
TEST(Rounding, AsNumpy) {
  std::ifstream file(PDQUANT_TESTDATA "/rounding/expected.txt");
  std::string line;
  int lines = 0;
  while (std::getline(file, line)) {
    SCOPED_TRACE(line);
    ++lines;
    std::istringstream in(line);
    std::string kind;
    int32_t bits = 0;
    in >> kind >> bits;
    const auto scale = std::bit_cast<float>(ReadHex(in));
    std::vector<float> x(kind == "value" ? 1 : 1000000);
    if (kind == "value") {
      x[0] = std::bit_cast<float>(ReadHex(in));
    } else {
      for (uint32_t i = 0; i < x.size(); ++i) x[i] = Draw(i, scale);
    }
    std::vector<float> q(x.size());
    RoundingError error;
    Quantize(x, scale, MaxInteger(bits), q, &error);
    const uint32_t expected = ReadHex(in);
    EXPECT_EQ(kind == "value" ? std::bit_cast<uint32_t>(q[0]) : Crc32(q), expected);
    EXPECT_EQ(error.count, x.size());
  }
  EXPECT_GT(lines, 60);
}

TEST(Rounding, InPlace) {
  std::vector<float> x = {-1, -0.5, 0, 0.25, 1};
  RoundingError error;
  Quantize(x, 1, 127, x, &error);
  EXPECT_THAT(x, ElementsAre(-127, -64, 0, 32, 127));
}

TEST(Rounding, CountsZerosAndSaturatedValues) {
  const std::vector<float> x = {0, 0.001F, -0.001F, 1, -1, 2, 0.5F};
  std::vector<float> q(x.size());
  RoundingError error;
  Quantize(x, 1, 127, q, &error);
  EXPECT_EQ(error.zeros, 3U);
  EXPECT_EQ(error.saturated, 3U);
  EXPECT_FLOAT_EQ(error.largest, 1);  // 2 is clipped to 1
}

// x = 1, 0.5 with 2 bits and s = 1: q = 1, 0 (half to even), so Σx² = 1.25, noise = 0.25: 10·log10(5).
TEST(Rounding, Sqnr) {
  const std::vector<float> x = {1, 0.5F};
  std::vector<float> q(x.size());
  RoundingError error;
  Quantize(x, 1, 1, q, &error);
  ASSERT_TRUE(error.SqnrDb());
  EXPECT_NEAR(*error.SqnrDb(), 10 * std::log10(5.0), 1e-12);
  EXPECT_FALSE(RoundingError().SqnrDb());
}

// With 2 bits: channel 0, s = 1, holds 1, 0.5, which become 1, 0: 10·log10(1.25 / 0.25). Channel 1, s = 2, holds 2,
// 0.5, which become 2, 0: 10·log10(4.25 / 0.25). Channel 2, s = 4, loses nothing. Side by side or one behind the other,
// and whole or in pieces.
TEST(Rounding, WorstChannel) {
  const std::vector<int64_t> dims_behind = {3, 2};
  const std::vector<int64_t> dims_beside = {2, 3};
  const std::vector<float> scales = {1, 2, 4};
  for (const auto& [layout, x] :
       {std::pair(ChannelLayout::Of(dims_behind, 0), std::vector<float>{1, 0.5F, 2, 0.5F, 4, 0}),
        std::pair(ChannelLayout::Of(dims_beside, 1), std::vector<float>{1, 2, 4, 0.5F, 0.5F, 0})}) {
    for (size_t cut = 0; cut <= x.size(); ++cut) {
      std::vector<float> q = x;  // in the same memory
      RoundingError error;
      Quantize(std::span(q).first(cut), 0, layout, scales, 1, std::span(q).first(cut), &error);
      Quantize(std::span(q).subspan(cut), cut, layout, scales, 1, std::span(q).subspan(cut), &error);
      ASSERT_TRUE(error.Worst());
      EXPECT_EQ(error.Worst()->index, 0U);
      EXPECT_NEAR(error.Worst()->sqnr_db, 10 * std::log10(5.0), 1e-9);
      EXPECT_NEAR(error.channel_signal[1] / error.channel_noise[1], 17, 1e-9);
      EXPECT_EQ(error.channel_noise[2], 0);
    }
  }
  EXPECT_FALSE(RoundingError().Worst());
}

TEST(Rounding, DequantizeMultipliesFirst) {
  const std::vector<float> q = {127, -64, 0};
  std::vector<float> x(q.size());
  const float scale = 0.3F;
  Dequantize(q, 0, kOneChannel, {&scale, 1}, 127, x);
  EXPECT_THAT(x, ElementsAre(127 * 0.3F / 127, -64 * 0.3F / 127, 0));
}

// A tensor [2, 3, 2] whose scales are those of axis 1, and one [4, 3] with scales of its last axis: worked out by hand.
TEST(Rounding, EachChannelHasItsScale) {
  const std::vector<float> x = {1, -1, 2, 1, 4, -4, 0.5F, 1, -2, 0, 1, 2};
  const std::vector<float> scales = {1, 2, 4};
  const ChannelLayout layout = ChannelLayout::Of(std::vector<int64_t>{2, 3, 2}, 1);
  std::vector<float> q(x.size());
  RoundingError error;
  Quantize(x, 0, layout, scales, 127, q, &error);
  EXPECT_THAT(q, ElementsAre(127, -127, 127, 64, 127, -127, 64, 127, -127, 0, 32, 64));
  EXPECT_EQ(error.saturated, 7U);
  EXPECT_EQ(error.zeros, 1U);
  Dequantize(q, 0, layout, scales, 127, q);
  EXPECT_THAT(
      q, ElementsAre(1, -1, 2, 64 * 2.0F / 127, 4, -4, 64 * 1.0F / 127, 1, -2, 0, 32 * 4.0F / 127, 64 * 4.0F / 127));

  const ChannelLayout last = ChannelLayout::Of(std::vector<int64_t>{4, 3}, 1);
  std::vector<float> largest(3);
  RaiseMaxAbs(x, 0, last, largest);
  EXPECT_THAT(largest, ElementsAre(1, 4, 4));  // columns 1 1 .5 0, -1 4 1 1, 2 -4 -2 2
  Quantize(x, 0, last, largest, 127, q, &error);
  EXPECT_THAT(q, ElementsAre(127, -32, 64, 127, 127, -127, 64, 32, -64, 0, 32, 64));
}

// In pieces of any size, across the blocks in which scales are spread out, the result is that of the whole.
TEST(Rounding, PositionTellsTheChannel) {
  const std::vector<int64_t> dims = {7, 11, 157};
  std::vector<float> x(7 * 11 * 157);
  for (uint32_t i = 0; i < x.size(); ++i) x[i] = Draw(i, 1);
  for (const int32_t axis : {0, 1, 2}) {
    const ChannelLayout layout = ChannelLayout::Of(dims, axis);
    std::vector<float> scales(layout.channels);
    for (size_t c = 0; c < scales.size(); ++c) scales[c] = 0.5F + static_cast<float>(c) / 64;
    const auto channel_of = [&](size_t i) { return axis == 0 ? i / (11 * 157) : axis == 1 ? i / 157 % 11 : i % 157; };
    std::vector<float> expected(layout.channels);
    for (size_t i = 0; i < x.size(); ++i) expected[channel_of(i)] = std::max(expected[channel_of(i)], std::fabs(x[i]));
    for (const size_t piece : {x.size(), size_t{1000}, size_t{13}}) {
      std::vector<float> q(x.size());
      std::vector<float> largest(layout.channels);
      RoundingError error;
      for (size_t begin = 0; begin < x.size(); begin += piece) {
        const size_t size = std::min(piece, x.size() - begin);
        RaiseMaxAbs({x.data() + begin, size}, begin, layout, largest);
        Quantize({x.data() + begin, size}, begin, layout, scales, 127, {q.data() + begin, size}, &error);
      }
      EXPECT_EQ(largest, expected) << axis << " " << piece;
      for (size_t i = 0; i < x.size(); ++i) {
        const float s = scales[channel_of(i)];
        ASSERT_EQ(q[i], std::nearbyint(std::min(std::max(x[i], -s), s) / s * 127)) << axis << " " << piece << " " << i;
      }
    }
  }
}

TEST(Rounding, MaxAbsFindsWhatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(MaxAbs({}), 0);
  EXPECT_EQ(MaxAbs(std::vector<float>{-3, 2}), 3);
  EXPECT_FALSE(std::isfinite(MaxAbs(std::vector<float>{1, nan, 2})));
  EXPECT_FALSE(std::isfinite(MaxAbs(std::vector<float>{1, -inf, 2})));
  EXPECT_EQ(FindNonFinite(std::vector<float>{1, 2, nan}), 2U);
  EXPECT_EQ(FindNonFinite(std::vector<float>{1, 2}), std::nullopt);
}

TEST(Rounding, AllIntegers) {
  EXPECT_TRUE(AllIntegers(std::vector<float>{-127, 0, -0.0F, 32767}));
  EXPECT_FALSE(AllIntegers(std::vector<float>{1, 0.5F}));
  EXPECT_FALSE(AllIntegers(std::vector<float>{std::numeric_limits<float>::quiet_NaN()}));
}

}  // namespace
}  // namespace pdquant
