// Expected: KL from paddlepaddle 2.6.2's own cal_kl_threshold, the others from numpy, by the formulas in the header.
#include "calibrate/thresholds.h"

#include <gmock/gmock.h>

#include <cmath>

namespace pdquant {
namespace {

constexpr size_t kBins = 2048;
constexpr double kLimit = 4.0;

std::vector<double> Counts(std::string_view kind) {
  std::vector<double> counts(kBins);
  for (size_t i = 0; i < kBins; ++i) {
    const auto x = static_cast<double>(i);
    if (kind == "bell") counts[i] = std::floor(5000 * std::exp(-(x / 500) * (x / 500))) + (i == 2047 ? 1 : 0);
    if (kind == "tail") counts[i] = std::floor(30000 / (1 + x)) + (i % 11 == 0 ? 1 : 0);
    if (kind == "gaps") counts[i] = (i % 5 == 0 ? std::floor(900 * std::exp(-x / 300)) : 0) + (i == 2040 ? 3 : 0);
    if (kind == "flat") counts[i] = 2;
    if (kind == "low") counts[i] = i < 900 ? 7 : 0;
  }
  return counts;
}

struct Expected {
  const char* kind;
  double percentile;  // of the share 0.9999
  double kl;
  double mse;
};

TEST(Thresholds, AreThoseOfPaddleAndNumpy) {
  for (const Expected& expected :
       {Expected{"bell", 2.60644531, 2.85253906, 2.56}, Expected{"tail", 3.99707031, 3.96777344, 3.92},
        Expected{"gaps", 3.96582031, 3.98730469, 3.90660156}, Expected{"flat", 3.99902344, 3.99902344, 3.92},
        Expected{"low", 1.75683594, 1.75683594, 1.72265625}}) {
    const std::vector<double> counts = Counts(expected.kind);
    EXPECT_NEAR(PercentileThreshold(counts, kLimit, 0.9999), expected.percentile, 1e-8) << expected.kind;
    EXPECT_NEAR(KlThreshold(counts, kLimit), expected.kl, 1e-8) << expected.kind;
    EXPECT_NEAR(MseThreshold(counts, kLimit), expected.mse, 1e-8) << expected.kind;
  }
}

TEST(Thresholds, OfOneBin) {
  std::vector<double> counts(kBins);
  counts[3] = 10;
  EXPECT_NEAR(PercentileThreshold(counts, kLimit, 1.0), 3.5 * kLimit / kBins, 1e-12);
  EXPECT_NEAR(KlThreshold(counts, kLimit), 3.5 * kLimit / kBins, 1e-12);
  EXPECT_LE(MseThreshold(counts, kLimit), 4 * kLimit / kBins);
}

}  // namespace
}  // namespace pdquant
