#include "quantize/weights/rounding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace pdquant {
namespace {

using ::testing::ElementsAre;

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

TEST(Rounding, DequantizeMultipliesFirst) {
  const std::vector<float> q = {127, -64, 0};
  std::vector<float> x(q.size());
  Dequantize(q, 0.3F, 127, x);
  EXPECT_THAT(x, ElementsAre(127 * 0.3F / 127, -64 * 0.3F / 127, 0));
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
