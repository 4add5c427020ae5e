#include "text/field_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

template <typename T>
std::string NumberText(T value) {
  std::string text;
  AppendNumber(value, &text);
  return text;
}

TEST(FieldTextTest, NumbersReadBack) {
  std::mt19937 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isnan(value)) {
      ASSERT_EQ(std::bit_cast<uint32_t>(std::strtof(NumberText(value).c_str(), nullptr)),
                std::bit_cast<uint32_t>(value));
    }
  }
  EXPECT_EQ(NumberText(0.1F), "0.1");
  EXPECT_EQ(NumberText(0.1), "0.1");
  EXPECT_EQ(NumberText(-0.0F), "-0");
  EXPECT_EQ(NumberText(-std::numeric_limits<float>::infinity()), "-inf");
  EXPECT_EQ(NumberText(std::bit_cast<float>(0x7FC00001U)), "nan:7fc00001");
  EXPECT_EQ(NumberText(std::bit_cast<double>(uint64_t{0xFFF8000000000000})), "nan:fff8000000000000");
}

// A field that comes twice, and a list in both its encodings, as protobuf reads them.
TEST(FieldTextTest, AsProtobufReads) {
  std::string message;
  AppendVarintField(3, 1, &message);
  AppendVarintField(3, static_cast<uint64_t>(-2), &message);
  AppendVarintField(6, 1, &message);
  AppendBytesField(6, std::string_view("\x02\x03", 2), &message);
  AppendFloatField(7, 0.5F, &message);
  std::string packed;
  AppendFloatField(7, 2, &packed);
  AppendBytesField(7, packed.substr(1), &message);
  AppendBytesField(20, "\x08\x02", &message);
  AppendBytesField(20, std::string_view("\x18\x05", 2), &message);
  AppendBytesField(3, "x", &message);
  AppendVarintField(1000, 7, &message);
  std::string text;
  AppendMessage(MessageKind::kAttr, message, &text);
  EXPECT_EQ(text,
            "{i: -2, ints: [1, 2, 3], floats: [0.5, 2], scalar: {type: LONG, i: 5}, unknown 3: bytes 78, unknown 1000: "
            "varint 7}");
}

TEST(FieldTextTest, UnknownFields) {
  const auto text_of = [](std::string_view message) {
    std::string text;
    AppendMessage(MessageKind::kComplex, message, &text);
    return text;
  };
  EXPECT_EQ(text_of(std::string("\x1d\x01\x02\x03\x04", 5)), "{unknown 3: fixed32 0x04030201}");
  EXPECT_EQ(text_of(std::string("\x19\x01\x00\x00\x00\x00\x00\x00\x80", 9)), "{unknown 3: fixed64 0x8000000000000001}");
  EXPECT_EQ(text_of("\x1b\x08\x05\x1c"), "{unknown 3: group 1b08051c}");
}

TEST(TypeNamesTest, AreThoseOfTheSchema) {
  for (int i = -1; i < 200; ++i) {
    const auto* attr = proto::AttrType_descriptor()->FindValueByNumber(i);
    EXPECT_EQ(AttrTypeName(i), attr == nullptr ? "" : attr->name());
    const auto* var = proto::VarType::Type_descriptor()->FindValueByNumber(i);
    EXPECT_EQ(VarTypeName(i), var == nullptr ? "" : var->name());
  }
}

}  // namespace
}  // namespace pdquant
