#include "text/tensor_text.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "model/byte_source.h"
#include "pdquant/framework.pb.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using proto::VarType;

template <typename T>
TensorSummary SummaryOf(int32_t type, const std::vector<T>& values, size_t piece = SIZE_MAX) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  TensorDigest digest(type);
  for (size_t i = 0; i < bytes.size(); i += std::min(piece, bytes.size() - i)) {
    digest.Add(std::string_view(bytes).substr(i, piece));
  }
  return digest.Finish();
}

TEST(TensorDigestTest, SmallestAndLargest) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const TensorSummary floats = SummaryOf<float>(VarType::FP32, {0.1F, -2.5F, NAN, 3});
  EXPECT_EQ(floats.min, "-2.5");
  EXPECT_EQ(floats.max, "3");
  EXPECT_EQ(floats.nan_count, 1U);
  EXPECT_EQ(SummaryOf<float>(VarType::FP32, {1, -kInf}).min, "-inf");
  EXPECT_EQ(SummaryOf<float>(VarType::FP32, {NAN}).min, "");
  EXPECT_EQ(SummaryOf<int8_t>(VarType::INT8, {-127, 5}).min, "-127");
  EXPECT_EQ(SummaryOf<uint8_t>(VarType::UINT8, {200, 5}).max, "200");
  EXPECT_EQ(SummaryOf<int64_t>(VarType::INT64, {INT64_MIN, INT64_MAX}).min, "-9223372036854775808");
  EXPECT_EQ(SummaryOf<double>(VarType::FP64, {0.1}).max, "0.1");
  EXPECT_EQ(SummaryOf<double>(VarType::COMPLEX64, {0.1}).max, "");
  EXPECT_EQ(SummaryOf<uint16_t>(VarType::BF16, {0x3FC0, 0xC000}).max, "1.5");
}

TEST(TensorDigestTest, HalfPrecision) {
  const auto text_of = [](uint16_t bits) { return SummaryOf<uint16_t>(VarType::FP16, {bits}).max; };
  EXPECT_EQ(text_of(0x3C00), "1");
  EXPECT_EQ(text_of(0xC000), "-2");
  EXPECT_EQ(text_of(0x7BFF), "65504");
  EXPECT_EQ(text_of(0x0001), "5.9604645e-08");
  EXPECT_EQ(text_of(0x0400), "6.1035156e-05");
  EXPECT_EQ(text_of(0x8000), "-0");
  EXPECT_EQ(text_of(0xFC00), "-inf");
  EXPECT_EQ(SummaryOf<uint16_t>(VarType::FP16, {0x7E00}).nan_count, 1U);
}

TEST(TensorDigestTest, InPiecesOfAnySize) {
  std::vector<float> values;
  for (int i = 0; i < 100; ++i) values.push_back(std::sin(static_cast<float>(i)));
  const TensorSummary whole = SummaryOf(VarType::FP32, values);
  for (size_t piece = 1; piece < 20; ++piece) {
    const TensorSummary summary = SummaryOf(VarType::FP32, values, piece);
    EXPECT_EQ(summary.hash, whole.hash);
    EXPECT_EQ(summary.min, whole.min);
    EXPECT_EQ(summary.max, whole.max);
  }
  EXPECT_EQ(SummaryOf<float>(VarType::FP32, {}).hash, "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing
}

std::string TextOf(const ByteSource& source, Status* status) {
  std::string text;
  *status = ForEachRecord(source, [&](const StoredTensor& tensor) {
    AppendTensor(tensor, &text);
    return true;
  });
  return text;
}

TEST(TensorTextTest, FileByPaddle) {
  const std::string bytes = testing::ReadFile(PDQUANT_TESTDATA "/params/shared_weight.int8.params");
  Status status;
  const std::string text = TextOf(MemorySource(bytes), &status);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_THAT(text, ::testing::StartsWith("record 0\n  offset: 0x0\n  type: "));
  EXPECT_THAT(text, ::testing::HasSubstr("\n  min: -126\n  max: 127\n"));
  // Each prefix gives the records that are whole, and says where it ends.
  for (size_t size = 1; size < std::min<size_t>(bytes.size(), 400); ++size) {
    Status cut_status;
    const std::string cut = TextOf(MemorySource(std::string_view(bytes).substr(0, size)), &cut_status);
    ASSERT_EQ(text.substr(0, cut.size()), cut);
    if (cut_status.ok()) continue;  // between two records
    ASSERT_EQ(cut_status.code(), StatusCode::kBadInput);
    ASSERT_THAT(cut_status.message(), ::testing::StartsWith("record "));
  }
}

TEST(TensorTextTest, Lines) {
  StoredTensor tensor{3, "a b", {}, {}};
  tensor.header.data_type = VarType::FP32;
  tensor.header.dims = {2, 3};
  tensor.header.data_bytes = 24;
  tensor.header.offset = 255;
  tensor.summary = {"00ff", "-1", "2", 1};
  std::string text;
  AppendTensorLine(tensor, &text);
  EXPECT_EQ(text, "3 'a b' FP32 [2, 3] at 0xff, 24 bytes, -1 to 2, 1 NaN, hash 00ff\n");
  text.clear();
  AppendTensor(tensor, &text);
  EXPECT_EQ(text, "record 3 'a b'\n  offset: 0xff\n  type: FP32 [2, 3]\n  hash: 00ff\n  min: -1\n  max: 2\n  nan: 1\n");
}

}  // namespace
}  // namespace pdquant
