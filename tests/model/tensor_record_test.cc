// Records of parameter files: rows T1 to T6 of the faults.
#include "model/tensor_record.h"

#include <gmock/gmock.h>

#include "model/parameter_testing.h"
#include "paddle/data_types.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<RecordHeader> Read(std::string_view bytes) { return ReadRecordHeader(MemorySource(bytes), 0); }

// Why it can't be read; empty where it can.
std::string Why(std::string_view bytes) {
  const Result<RecordHeader> header = Read(bytes);
  if (header.ok()) return "";
  EXPECT_EQ(header.status().code(), StatusCode::kBadInput);
  return header.status().message();
}

TEST(TensorRecordTest, ReadsWhatPaddleWrote) {
  const std::string bytes = ReadFile(PDQUANT_TESTDATA "/params/order.params");
  const MemorySource source(bytes);
  uint64_t at = 0;
  std::vector<int64_t> sizes;
  while (at < bytes.size()) {
    const Result<RecordHeader> header = ReadRecordHeader(source, at);
    ASSERT_TRUE(header.ok()) << header.status().message();
    EXPECT_EQ(header->data_type, proto::VarType::FP32);
    EXPECT_EQ(header->offset, at);
    ASSERT_EQ(header->dims.size(), 2U);
    EXPECT_EQ(EncodeRecordHeader(*header), bytes.substr(at, header->data_offset - at));
    sizes.push_back(header->dims[1]);
    at = header->end();
  }
  // A Z a a.b a/b a@GRAD a_0 aa b ä
  EXPECT_THAT(sizes, ElementsAre(3, 10, 6, 2, 4, 1, 8, 9, 7, 5));
}

TEST(TensorRecordTest, EveryPrefixIsTooShort) {
  RecordParts parts;
  parts.lod_levels = 2;
  parts.levels = LodLevel({0, 1, 2}) + LodLevel({0, 2, 3});
  parts.description = Description(proto::VarType::FP32, {3, 2});
  parts.data = std::string(24, 'x');
  const std::string whole = parts.Encode();
  ASSERT_EQ(Why(whole), "");
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string why = Why(whole.substr(0, size));
    EXPECT_THAT(why, ::testing::ContainsRegex("^needs [0-9]+ bytes at 0x[0-9a-f]+, [0-9]+ (is|are) left$")) << size;
  }
  EXPECT_EQ(Why(FloatRecord({2, 3}, std::string(23, 'x'))), "needs 24 bytes at 0x1a, 23 are left");
  EXPECT_EQ(Why(FloatRecord({2, 3}, "x")), "needs 24 bytes at 0x1a, 1 is left");
}

TEST(TensorRecordTest, UnknownVersions) {
  RecordParts parts;
  parts.description = Description(proto::VarType::FP32, {});
  parts.data = "1234";
  ASSERT_EQ(Why(parts.Encode()), "");
  parts.tensor_version = 7;
  EXPECT_EQ(Why(parts.Encode()), "tensor version 7 at 0xc, only 0 is known");
  parts.lod_version = 3;
  EXPECT_THAT(Why(parts.Encode()), HasSubstr("LoD version 3 at 0x0, only 0 is known"));
  // Two entries, the first of 5 bytes: "hello" stands for 0.
  EXPECT_THAT(Why(Number(uint64_t{2}) + Number(uint64_t{5}) + "hello" + Number(int32_t{0})), HasSubstr("Vocab"));
}

TEST(TensorRecordTest, Lod) {
  RecordParts parts;
  parts.description = Description(proto::VarType::INT8, {5, 2});
  parts.data = std::string(10, 'x');
  const auto why = [&](uint64_t levels, const std::string& text) {
    parts.lod_levels = levels;
    parts.levels = text;
    return Why(parts.Encode());
  };
  EXPECT_EQ(why(1, LodLevel({0, 5})), "");
  EXPECT_EQ(why(1, LodLevel({0, 3, 3, 5})), "");
  EXPECT_EQ(why(2, LodLevel({0, 1, 3}) + LodLevel({0, 1, 4, 5})), "");
  EXPECT_EQ(why(uint64_t{1} << 40U, ""), "1099511627776 LoD levels, at most 64 are possible, at 0x4");
  EXPECT_EQ(why(65, ""), "65 LoD levels, at most 64 are possible, at 0x4");
  EXPECT_THAT(why(1, Number(uint64_t{1} << 45U)), HasSubstr("needs 35184372088832 bytes at 0x14, "));
  EXPECT_THAT(why(1, Number(~uint64_t{7})), HasSubstr("needs 18446744073709551608 bytes at 0x14, "));
  EXPECT_EQ(why(1, Number(uint64_t{7}) + "1234567"), "LoD level 0 has 7 bytes, not a multiple of 8 above 0, at 0xc");
  EXPECT_THAT(why(1, Number(uint64_t{15}) + std::string(15, '\0')), HasSubstr("has 15 bytes"));
  EXPECT_THAT(why(1, Number(uint64_t{0})), HasSubstr("has 0 bytes"));
  EXPECT_EQ(why(1, LodLevel({1, 5})), "LoD level 0 begins with 1, not with 0, at 0x14");
  EXPECT_EQ(why(1, LodLevel({0, 3, 2, 5})), "LoD level 0 falls from 3 to 2 at 0x24");
  EXPECT_THAT(why(1, LodLevel({0, 4})), HasSubstr("the LoD ends with 4, which is not the first dim of INT8 [5, 2]"));
  EXPECT_THAT(why(2, LodLevel({0, 2}) + LodLevel({0, 1, 4, 5})), HasSubstr("LoD level 1 divides into 3 parts"));
  parts.description = Description(proto::VarType::INT8, {});
  parts.data = "x";
  EXPECT_THAT(why(1, LodLevel({0})), HasSubstr("the LoD ends with 0"));
}

// The file is as long as its LoD claims, yet nobody wants that much of it in memory.
TEST(TensorRecordTest, LodIsLimited) {
  class LongSource : public ByteSource {
   public:
    uint64_t size() const override { return uint64_t{1} << 40U; }
    Status Read(uint64_t offset, std::span<char> into) const override {
      std::fill(into.begin(), into.end(), '\0');
      const std::string head = Number(uint32_t{0}) + Number(uint64_t{1}) + Number(uint64_t{1} << 39U);
      if (offset < head.size())
        std::memcpy(into.data(), head.data() + offset, std::min(into.size(), head.size() - offset));
      return {};
    }
  };
  const Result<RecordHeader> header = ReadRecordHeader(LongSource(), 0);
  ASSERT_FALSE(header.ok());
  EXPECT_THAT(header.status().message(), HasSubstr("more than is read"));
}

TEST(TensorRecordTest, Descriptions) {
  const auto why = [](int32_t size, const std::string& rest) {
    return Why(std::string(16, '\0') + Number(size) + rest);
  };
  EXPECT_EQ(why(-5, ""), "the description of the tensor has -5 bytes, at 0x10");
  EXPECT_EQ(why(0, ""), "the description of the tensor has 0 bytes, at 0x10");
  EXPECT_EQ(why(0x7FFFFFFF, "abc"), "needs 2147483647 bytes at 0x14, 3 are left");
  EXPECT_THAT(why(100000, std::string(100000, 'x')), HasSubstr("too many to be one"));
  EXPECT_THAT(why(3, "\x08\x05\xff"), HasSubstr("no description of a tensor"));
  EXPECT_THAT(why(2, "\x10\x01"), HasSubstr("has no data_type"));
  EXPECT_THAT(why(2, "\x08\x63"), HasSubstr("type 99 is no type of elements"));
  for (const int32_t kind : {proto::VarType::LOD_TENSOR, proto::VarType::STRING, proto::VarType::VOCAB}) {
    const std::string description = Description(kind, {1});
    EXPECT_THAT(why(static_cast<int32_t>(description.size()), description), HasSubstr("is no type of elements"));
  }
  // Packed dims, an unknown field, and the last data_type of two.
  RecordParts parts;
  parts.description = std::string("\x08\x05\x12\x02\x03\x02\x98\x06\x01\x08\x15", 11);
  parts.data = "123456";
  const Result<RecordHeader> header = Read(parts.Encode());
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_EQ(header->data_type, proto::VarType::INT8);
  EXPECT_THAT(header->dims, ElementsAre(3, 2));
}

TEST(TensorRecordTest, Shapes) {
  const auto why = [](const std::vector<int64_t>& dims) { return Why(FloatRecord(dims, "1234")); };
  EXPECT_EQ(why({}), "");
  EXPECT_EQ(why({1, 1, 1}), "");
  EXPECT_EQ(why({0}), "");
  EXPECT_EQ(why({5, 0, 7}), "");
  EXPECT_THAT(why({-1}), HasSubstr("FP32 [-1] is no possible shape, at 0x14"));
  EXPECT_THAT(why({int64_t{1} << 32U, int64_t{1} << 32U}), HasSubstr("is no possible shape"));
  EXPECT_THAT(why({int64_t{1} << 62U}), HasSubstr("is no possible shape"));
  EXPECT_THAT(why({INT64_MAX, 0}), HasSubstr("is no possible shape"));
  EXPECT_THAT(why({INT64_MIN}), HasSubstr("is no possible shape"));
  EXPECT_THAT(why({int64_t{1} << 40U}), HasSubstr("needs 4398046511104 bytes at 0x1d, 4 are left"));
  EXPECT_THAT(why(std::vector<int64_t>(100000, 1)), HasSubstr("too many to be one"));
  EXPECT_EQ(why(std::vector<int64_t>(1000, 1)), "");
}

TEST(TensorTypeTest, SizesOfElements) {
  std::vector<uint32_t> sizes;
  for (int32_t type = -1; type < 40; ++type) {
    if (const std::optional<uint32_t> size = ElementSize(type)) sizes.push_back(*size);
  }
  EXPECT_THAT(sizes, ElementsAre(1, 2, 4, 8, 2, 4, 8, 8, 1, 1, 2, 8, 16));
  EXPECT_EQ(DataBytes(proto::VarType::COMPLEX128, std::vector<int64_t>{3, 5}), 240U);
  EXPECT_EQ(DescribeTensor(proto::VarType::BF16, std::vector<int64_t>{3, -1}), "BF16 [3, -1]");
  EXPECT_EQ(DescribeTensor(99, {}), "type 99 []");
}

// One byte of a file is anything.
TEST(TensorRecordTest, EveryByteChanged) {
  const std::string whole = ReadFile(PDQUANT_TESTDATA "/params/order.params");
  size_t refused = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    for (int flip = 1; flip < 256; flip *= 2) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const MemorySource source(changed);
      uint64_t at = 0;
      for (int record = 0; record < 10; ++record) {
        const Result<RecordHeader> header = ReadRecordHeader(source, at);
        if (!header.ok()) {
          ++refused;
          break;
        }
        ASSERT_LE(header->end(), changed.size());
        at = header->end();
      }
    }
  }
  EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace pdquant::testing
