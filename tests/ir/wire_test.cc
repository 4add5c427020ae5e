#include "ir/wire.h"

#include <gmock/gmock.h>
#include <google/protobuf/wire_format_lite.h>

#include <bit>
#include <cmath>
#include <limits>

#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

// Reads all fields; the error, or "" at a well-formed end.
std::string ErrorOf(const std::string& bytes, int depth = kMaxDepth) {
  FieldReader reader(bytes, depth);
  Field field;
  while (reader.Next(&field)) {
  }
  EXPECT_FALSE(reader.Next(&field)) << "went on after the end or an error";
  return reader.error() == nullptr ? "" : reader.error();
}

Field First(const std::string& bytes) {
  FieldReader reader(bytes);
  Field field;
  EXPECT_TRUE(reader.Next(&field));
  return field;
}

TEST(FieldReaderTest, ReadsEachWireType) {
  const std::string varint = "\x08\xac\x02";  // field 1 = 300, the example of protobuf's documentation
  EXPECT_TRUE(First(varint).Is(1, WireType::kVarint));
  EXPECT_EQ(First(varint).value, 300U);
  const std::string fixed64 = "\x11\x01\x02\x03\x04\x05\x06\x07\x08";
  EXPECT_TRUE(First(fixed64).Is(2, WireType::kFixed64));
  EXPECT_EQ(First(fixed64).value, 0x0807060504030201U);
  const std::string text = "\x12\x07testing";
  EXPECT_TRUE(First(text).Is(2, WireType::kBytes));
  EXPECT_EQ(First(text).bytes, "testing");
  EXPECT_EQ(First(text).whole, text);
  const std::string group = "\x0b\x08\x01\x0c";  // field 1: a group that holds field 1 = 1
  EXPECT_TRUE(First(group).Is(1, WireType::kGroup));
  EXPECT_EQ(First(group).whole, group);
  const std::string fixed32 = "\x25\x01\x02\x03\x04";
  EXPECT_TRUE(First(fixed32).Is(4, WireType::kFixed32));
  EXPECT_EQ(First(fixed32).value, 0x04030201U);
}

TEST(FieldReaderTest, TellsWhereFieldsLie) {
  const std::string bytes =
      "\x08\x01\x88\x00\x02\x12\x00"s;  // field 1 twice, its second tag in two bytes; an empty field 2
  FieldReader reader(bytes);
  Field field;
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.whole, bytes.substr(0, 2));
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.whole, bytes.substr(2, 3));
  EXPECT_TRUE(field.Is(1, WireType::kVarint));
  EXPECT_EQ(field.value, 2U);
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.bytes.data(), bytes.data() + 7);
  EXPECT_FALSE(reader.Next(&field));
  EXPECT_EQ(reader.error(), nullptr);
}

TEST(FieldReaderTest, LongestEncodings) {
  EXPECT_EQ(ErrorOf("\x88\x80\x80\x80\x00\x01"s), "");  // a tag of five bytes
  EXPECT_THAT(ErrorOf("\x88\x80\x80\x80\x80\x00\x01"s), HasSubstr("tag"));
  const std::string minus_one = "\x08" + std::string(9, '\xff') + "\x01";
  EXPECT_EQ(First(minus_one).value, std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(ErrorOf("\x08" + std::string(10, '\xff') + "\x01"), HasSubstr("integer"));
  EXPECT_EQ(ErrorOf("\x0a\x81\x80\x80\x80\x00x"s), "");  // a length of five bytes
  EXPECT_THAT(ErrorOf("\x0a\x81\x80\x80\x80\x80\x00x"s), HasSubstr("length"));
}

TEST(FieldReaderTest, RefusesMalformedFields) {
  const std::pair<std::string, std::string> kCases[] = {
      {"\x88", "tag"},
      {"\x00\x00"s, "number 0"},
      {"\x02\x00"s, "number 0"},
      {"\x08", "integer"},
      {"\x08\x80", "integer"},
      {"\x09\x01\x02\x03\x04\x05\x06\x07", "64-bit"},
      {"\x0d\x01\x02\x03", "32-bit"},
      {"\x0a", "length"},
      {"\x0a\x80", "length"},
      {"\x0a\x02x", "more bytes"},
      {"\x0e\x01", "wire type"},
      {"\x0f\x01", "wire type"},
      {"\x0c", "did not begin"},
      {"\x0b", "group is cut off"},
      {"\x0b\x08", "integer"},
      {"\x0b\x14", "did not begin"},          // the end of group 2 in group 1
      {"\x0b\x13\x0c\x14", "did not begin"},  // crossed
      {"\x0b\x00\x0c"s, "number 0"},
  };
  for (const auto& [bytes, error] : kCases)
    EXPECT_THAT(ErrorOf(bytes), HasSubstr(error)) << ::testing::PrintToString(bytes);
}

// P4: a length of 2^31-1 or 2^32-1 with nothing behind it.
TEST(FieldReaderTest, RefusesLargeLengthClaims) {
  for (const uint64_t size :
       {uint64_t{1}, uint64_t{0x7FFFFFFF}, uint64_t{0x80000000}, uint64_t{0xFFFFFFFF}, uint64_t{1} << 34U}) {
    std::string bytes;
    AppendTag(1, WireType::kBytes, &bytes);
    AppendVarint(size, &bytes);
    EXPECT_THAT(ErrorOf(bytes), HasSubstr("more bytes")) << size;
  }
}

// P6.
TEST(FieldReaderTest, LimitsGroups) {
  const auto groups = [](size_t n) { return std::string(n, '\x0b') + std::string(n, '\x0c'); };
  EXPECT_EQ(ErrorOf(groups(100)), "");
  EXPECT_THAT(ErrorOf(groups(101)), HasSubstr("nested"));
  EXPECT_THAT(ErrorOf(groups(100'000)), HasSubstr("nested"));
  EXPECT_EQ(ErrorOf(groups(3), 3), "");
  EXPECT_THAT(ErrorOf(groups(4), 3), HasSubstr("nested"));
  EXPECT_THAT(ErrorOf(groups(1), 0), HasSubstr("nested"));
  std::string side_by_side;
  for (int i = 0; i < 1000; ++i) side_by_side += groups(1);
  EXPECT_EQ(ErrorOf(side_by_side), "");
  EXPECT_EQ(ErrorOf("\x0b" + side_by_side + "\x0c"), "");
}

TEST(FieldReaderTest, TellsWhereItFailed) {
  const std::string bytes = "\x08\x01\x0a\x05x";
  FieldReader reader(bytes);
  Field field;
  ASSERT_TRUE(reader.Next(&field));
  ASSERT_FALSE(reader.Next(&field));
  EXPECT_EQ(reader.position(), bytes.data() + 2);
}

// What is appended is what protobuf writes for the same values.
TEST(AppendTest, EncodesAsProtobuf) {
  proto::OpDesc::Attr attr;
  std::string bytes;
  const auto expect_same = [&] {
    EXPECT_EQ(bytes, attr.SerializePartialAsString());
    attr.Clear();
    bytes.clear();
  };
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{127}, int64_t{128}, int64_t{16383}, int64_t{16384},
                              int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    attr.set_l(value);
    AppendVarintField(13, static_cast<uint64_t>(value), &bytes);
    expect_same();
  }
  for (const float value : {0.0F, -0.0F, 1.5F, 0.9F, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    attr.set_f(value);
    AppendFloatField(4, value, &bytes);
    expect_same();
  }
  for (const size_t size : {0U, 1U, 127U, 128U, 20000U}) {
    attr.set_s(std::string(size, 'x'));
    AppendBytesField(5, std::string(size, 'x'), &bytes);
    expect_same();
  }
  attr.set_var_name("w");  // a tag of two bytes
  AppendBytesField(17, "w", &bytes);
  expect_same();
}

}  // namespace
}  // namespace pdquant
