// Text of encoded fields, by the schema: exact, on one line. Two texts are equal only where what they stand for is.
#ifndef PDQUANT_TEXT_FIELD_TEXT_H_
#define PDQUANT_TEXT_FIELD_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/wire.h"
#include "ir/wire_schema.h"

namespace pdquant {

// A name as it is where nothing in it needs quotes, such as conv2d_0.w_0; else quoted and escaped, never cut.
void AppendName(std::string_view name, std::string* out);
std::string ShownName(std::string_view name);
void AppendQuoted(std::string_view text, std::string* out);

// The shortest decimal that reads back as the same number; "nan:7fc00000" with the bits, "inf", "-inf", "-0".
void AppendNumber(float value, std::string* out);
void AppendNumber(double value, std::string* out);

// Appends the value of one field of a message, as protobuf reads it: a number or a text that comes twice counts as it
// came last, lists and messages add up. "5", "true", "FP32", "[1, 2]", "'text'", "{type: LONG, i: 5}". False, with
// nothing appended, where the message doesn't have the field. The field has to be one of the schema.
bool AppendField(MessageKind kind, std::string_view message, uint32_t number, std::string* out);

// All fields of a message, in the order of their numbers, those that are not in the schema last:
// "{type: LONG, i: 5, unknown 1000: varint 7}".
void AppendMessage(MessageKind kind, std::string_view message, std::string* out);

// Whether a field of the schema is repeated.
bool IsList(MessageKind kind, uint32_t number);

// Whether the schema has a field of that number and encoding in a message of that kind. Otherwise a newer Paddle wrote
// it.
bool IsKnown(MessageKind kind, const Field& field);

template <typename F>
void ForEachUnknown(MessageKind kind, std::string_view message, F&& f) {
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (!IsKnown(kind, field)) f(field);
  }
}

// "unknown 1000: varint 7", "… fixed32 0x3f800000", "… bytes 0a0b", "… group 0b0c".
void AppendUnknown(const Field& field, std::string* out);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_FIELD_TEXT_H_
