#include "calibrate/scales.h"

#include <gmock/gmock.h>

namespace pdquant {
namespace {

using ::testing::HasSubstr;

ObservedList ListOf(ObservedKind kind, const std::vector<std::string>& names) {
  ObservedList list;
  list.kind = kind;
  for (const std::string& name : names) list.values.push_back({name, "", 1});
  return list;
}

std::vector<float> Row(std::initializer_list<float> numbers) {
  std::vector<float> row(kFingerprintSize);
  row.insert(row.end(), numbers);
  return row;
}

// x is in a branch that the second batch doesn't come to, y in one that none comes to; z stands in both branches.
TEST(Calibration, SkipsWhatABatchDoesNotComeTo) {
  Calibration calibration(ListOf(ObservedKind::kRanges, {"x", "y", "z", "z"}));
  calibration.Add(Row({1, 3, kNoLeast, kNoLargest, -1, 2, kNoLeast, kNoLargest}));
  calibration.Add(Row({kNoLeast, kNoLargest, kNoLeast, kNoLargest, kNoLeast, kNoLargest, -5, 1}));
  calibration.Add(Row({-7, 1, kNoLeast, kNoLargest, kNoLeast, kNoLargest, 0, 0}));
  Findings findings;
  const std::vector<CalibratedScale> scales = calibration.Scales(ScaleAlgorithm::kAbsMax, kUsualShare, &findings);
  ASSERT_EQ(scales.size(), 3U);
  EXPECT_EQ(scales[0].threshold, 7);
  EXPECT_EQ(scales[0].min, -7);
  EXPECT_EQ(scales[0].max, 3);
  EXPECT_EQ(scales[1].threshold, std::nullopt);
  EXPECT_EQ(scales[2].threshold, 5);
  EXPECT_EQ(scales[2].min, -5);
  EXPECT_EQ(scales[2].max, 2);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(findings.all()[0].place.variable, "y");
  EXPECT_THAT(findings.all()[0].text, HasSubstr("no batch came to it"));
  const std::vector<CalibratedScale> averages = calibration.Scales(ScaleAlgorithm::kAverage, kUsualShare, &findings);
  EXPECT_EQ(averages[0].threshold, 5);  // of 3 and 7
  EXPECT_EQ(averages[1].threshold, std::nullopt);
}

// A value that was 0 is no value that wasn't there.
TEST(Calibration, ZeroIsARange) {
  Calibration calibration(ListOf(ObservedKind::kRanges, {"x"}));
  calibration.Add(Row({0, 0}));
  calibration.Add(Row({kNoLeast, kNoLargest}));
  Findings findings;
  EXPECT_EQ(calibration.Scales(ScaleAlgorithm::kAbsMax, kUsualShare, &findings)[0].threshold, 0);
  EXPECT_THAT(findings.all()[0].text, HasSubstr("was always 0"));
}

TEST(Calibration, HistogramsWithoutANumberHaveNoScale) {
  Calibration calibration(ListOf(ObservedKind::kHistograms, {"x"}));
  calibration.Add(std::vector<float>(kFingerprintSize + kHistogramBins));
  Findings findings;
  EXPECT_EQ(calibration.Scales(ScaleAlgorithm::kKl, kUsualShare, &findings)[0].threshold, std::nullopt);
  std::vector<float> row(kFingerprintSize + kHistogramBins);
  row.back() = 4;
  calibration.Add(row);
  EXPECT_GT(calibration.Scales(ScaleAlgorithm::kPercentile, kUsualShare, &findings)[0].threshold, 0.99);
}

}  // namespace
}  // namespace pdquant
