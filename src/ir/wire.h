// The fields of an encoded protobuf message, one after another, without a copy.
// Encoding: https://protobuf.dev/programming-guides/encoding. What is accepted and what is not follows protobuf's own
// parser: tags of at most 5 bytes, varints of at most 10, no field number 0, groups closed by their own number, at most
// 100 messages and groups inside one another. protobuf's CodedInputStream is no help here: it tells neither where a
// field begins nor how many bytes its tag took, and takes some encodings that the parser refuses.
#ifndef PDQUANT_IR_WIRE_H_
#define PDQUANT_IR_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pdquant {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kEndGroup = 4, kFixed32 = 5 };

// protobuf's default recursion limit.
inline constexpr int kMaxDepth = 100;

struct Field {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  uint64_t value = 0;      // of a varint, fixed32 or fixed64
  std::string_view bytes;  // the content of a length-delimited field
  std::string_view whole;  // all of the field, its tag included

  bool Is(uint32_t field_number, WireType wire_type) const { return number == field_number && type == wire_type; }
};

class FieldReader {
 public:
  // `depth` is how many messages and groups may still be nested inside this one.
  explicit FieldReader(std::string_view message, int depth = kMaxDepth)
      : position_(message.data()), end_(message.data() + message.size()), depth_(depth) {}

  // Reads the next field; false at the end of the message and where it is malformed.
  bool Next(Field* field) { return NextShort(field) || (position_ != end_ && NextAny(field)); }

  // Nearly all fields of a program have a tag of one byte, and a number or a length of one byte. If the next one has,
  // its number, type, and value or bytes, without a step forward; a `size` of 0 if not.
  struct ShortField {
    uint32_t number;
    WireType type;
    uint32_t value;     // the number, or the length
    const char* begin;  // of the field
    uint32_t size;      // of the field

    std::string_view bytes() const { return {begin + 2, value}; }
  };
  ShortField PeekShort() const;
  void Skip(const ShortField& field) { position_ += field.size; }

  // Why the last Next failed; null at the end of a well-formed message.
  const char* error() const { return error_; }
  // Where the field begins that the last Next read or failed at.
  const char* position() const { return start_; }

 private:
  bool Fail(const char* error) {
    error_ = error;
    return false;
  }
  bool NextShort(Field* field);
  bool NextAny(Field* field);
  bool ReadTag(uint32_t* tag);
  bool ReadValue(uint32_t tag, Field* field);
  bool SkipGroup(uint32_t number);

  const char* position_;
  const char* end_;
  const char* start_ = position_;
  int depth_;
  const char* error_ = nullptr;
};

inline FieldReader::ShortField FieldReader::PeekShort() const {
  ShortField field = {0, WireType::kVarint, 0, position_, 0};
  const auto left = static_cast<size_t>(end_ - position_);
  if (left < 2 || error_ != nullptr) return field;
  const auto tag = static_cast<uint8_t>(position_[0]);
  field.value = static_cast<uint8_t>(position_[1]);
  if (tag < 8 || (tag | field.value) >= 0x80) return field;
  field.number = tag >> 3U;
  field.type = static_cast<WireType>(tag & 7U);
  if (field.type == WireType::kVarint) {
    field.size = 2;
  } else if (field.type == WireType::kBytes && field.value <= left - 2) {
    field.size = 2 + field.value;
  }
  return field;
}

inline bool FieldReader::NextShort(Field* field) {
  const ShortField next = PeekShort();
  if (next.size == 0) return false;
  start_ = position_;
  field->number = next.number;
  field->type = next.type;
  field->value = next.value;
  field->bytes = next.type == WireType::kBytes ? next.bytes() : std::string_view();
  field->whole = {start_, next.size};
  Skip(next);
  return true;
}

// Reads one varint at `*position`; false if it doesn't end before `end` or has more than `max_bytes` bytes.
inline bool ReadVarint(const char** position, const char* end, int max_bytes, uint64_t* value) {
  const char* p = *position;
  if (p < end && static_cast<uint8_t>(*p) < 0x80) {
    *value = static_cast<uint8_t>(*p);
    *position = p + 1;
    return true;
  }
  uint64_t result = 0;
  for (int i = 0; i < max_bytes && p < end; ++i) {
    const auto byte = static_cast<uint8_t>(*p++);
    result |= static_cast<uint64_t>(byte & 0x7FU) << static_cast<unsigned>(7 * i);
    if (byte < 0x80) {
      *value = result;
      *position = p;
      return true;
    }
  }
  return false;
}

// Appends to an encoded message. Every field number of the schema is below 32.
void AppendVarint(uint64_t value, std::string* out);
void AppendTag(uint32_t number, WireType type, std::string* out);
void AppendVarintField(uint32_t number, uint64_t value, std::string* out);
void AppendFloatField(uint32_t number, float value, std::string* out);
void AppendDoubleField(uint32_t number, double value, std::string* out);
void AppendBytesField(uint32_t number, std::string_view bytes, std::string* out);

}  // namespace pdquant

#endif  // PDQUANT_IR_WIRE_H_
