#include "ir/wire.h"

#include <array>
#include <bit>

namespace pdquant {
namespace {

constexpr int kMaxTagBytes = 5;
constexpr int kMaxVarintBytes = 10;

uint64_t ReadLittleEndian(const char* p, int size) {
  uint64_t value = 0;
  for (int i = 0; i < size; ++i)
    value |= static_cast<uint64_t>(static_cast<uint8_t>(p[i])) << static_cast<unsigned>(8 * i);
  return value;
}

}  // namespace

bool FieldReader::ReadTag(uint32_t* tag) {
  uint64_t value = 0;
  if (!ReadVarint(&position_, end_, kMaxTagBytes, &value)) return Fail("a field's tag is cut off or too long");
  *tag = static_cast<uint32_t>(value);
  if (*tag >> 3U == 0) return Fail("a field has the number 0");
  return true;
}

bool FieldReader::ReadValue(uint32_t tag, Field* field) {
  const auto left = static_cast<uint64_t>(end_ - position_);
  switch (tag & 7U) {
    case 0:
      if (!ReadVarint(&position_, end_, kMaxVarintBytes, &field->value))
        return Fail("an integer is cut off or too long");
      break;
    case 1:
      if (left < 8) return Fail("a 64-bit value is cut off");
      field->value = ReadLittleEndian(position_, 8);
      position_ += 8;
      break;
    case 2: {
      uint64_t size = 0;
      if (!ReadVarint(&position_, end_, kMaxTagBytes, &size)) return Fail("a length is cut off or too long");
      if (size > static_cast<uint64_t>(end_ - position_)) return Fail("a field claims more bytes than there are left");
      field->bytes = {position_, static_cast<size_t>(size)};
      position_ += size;
      break;
    }
    case 3:
      return SkipGroup(tag >> 3U);
    case 4:
      return Fail("a group ends that did not begin");
    case 5:
      if (left < 4) return Fail("a 32-bit value is cut off");
      field->value = ReadLittleEndian(position_, 4);
      position_ += 4;
      break;
    default:
      return Fail("a field has an unknown wire type");
  }
  return true;
}

bool FieldReader::SkipGroup(uint32_t number) {
  std::array<uint32_t, kMaxDepth> open;  // numbers of the groups that are open
  int count = 0;
  if (depth_ <= 0) return Fail("messages or groups are nested more than 100 deep");
  open[static_cast<size_t>(count++)] = number;
  Field field;
  while (count > 0) {
    uint32_t tag = 0;
    if (position_ == end_) return Fail("a group is cut off");
    if (!ReadTag(&tag)) return false;
    const auto type = static_cast<WireType>(tag & 7U);
    if (type == WireType::kEndGroup) {
      if (open[static_cast<size_t>(--count)] != tag >> 3U) return Fail("a group ends that did not begin");
    } else if (type == WireType::kGroup) {
      if (count >= depth_) return Fail("messages or groups are nested more than 100 deep");
      open[static_cast<size_t>(count++)] = tag >> 3U;
    } else if (!ReadValue(tag, &field)) {
      return false;
    }
  }
  return true;
}

bool FieldReader::NextAny(Field* field) {
  start_ = position_;
  if (position_ == end_ || error_ != nullptr) return false;
  uint32_t tag = 0;
  if (!ReadTag(&tag)) return false;
  field->number = tag >> 3U;
  field->type = static_cast<WireType>(tag & 7U);
  if (!ReadValue(tag, field)) return false;
  field->whole = {start_, static_cast<size_t>(position_ - start_)};
  return true;
}

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80U));
    value >>= 7U;
  }
  out->push_back(static_cast<char>(value));
}

void AppendTag(uint32_t number, WireType type, std::string* out) {
  const uint32_t tag = number << 3U | static_cast<uint32_t>(type);
  if (tag < 0x80) {
    out->push_back(static_cast<char>(tag));
  } else {
    AppendVarint(tag, out);
  }
}

void AppendVarintField(uint32_t number, uint64_t value, std::string* out) {
  AppendTag(number, WireType::kVarint, out);
  AppendVarint(value, out);
}

void AppendFloatField(uint32_t number, float value, std::string* out) {
  AppendTag(number, WireType::kFixed32, out);
  auto bits = std::bit_cast<uint32_t>(value);
  for (int i = 0; i < 4; ++i, bits >>= 8U) out->push_back(static_cast<char>(bits));
}

void AppendDoubleField(uint32_t number, double value, std::string* out) {
  AppendTag(number, WireType::kFixed64, out);
  auto bits = std::bit_cast<uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8U) out->push_back(static_cast<char>(bits));
}

void AppendBytesField(uint32_t number, std::string_view bytes, std::string* out) {
  AppendTag(number, WireType::kBytes, out);
  AppendVarint(bytes.size(), out);
  out->append(bytes);
}

}  // namespace pdquant
