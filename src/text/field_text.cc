#include "text/field_text.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>

#include "base/escape.h"
#include "base/number_text.h"
#include "base/shortest_text.h"
#include "paddle/data_types.h"

namespace pdquant {
namespace {

using Attr = proto::OpDesc::Attr;

bool IsPlain(std::string_view name) {
  constexpr std::string_view kMarks = "_.@/+-:#";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
  });
}

void AppendHexBytes(std::string_view bytes, std::string* out) {
  for (const char c : bytes) *out += HexDigits(static_cast<uint8_t>(c), 2);
}

template <std::floating_point T>
void AppendFloating(T value, uint64_t bits, std::string* out) {
  if (std::isnan(value)) {
    *out += "nan:" + HexDigits(bits, sizeof(T) * 2);
    return;
  }
  *out += ShortestText(value);
}

enum class NumberKind { kInt32, kInt64, kBool, kAttrType, kVarType, kScalarType };

// What an integer field holds; most are int32.
NumberKind KindOf(MessageKind kind, uint32_t number) {
  switch (kind) {
    case MessageKind::kVersion:
      return NumberKind::kInt64;
    case MessageKind::kVar:
    case MessageKind::kOp:
      return NumberKind::kBool;
    case MessageKind::kVarAttr:
      return number == proto::VarDesc::Attr::kTypeFieldNumber ? NumberKind::kAttrType : NumberKind::kInt32;
    case MessageKind::kVarType:
    case MessageKind::kTuple:
      return NumberKind::kVarType;
    case MessageKind::kTensorDesc:
      return number == proto::VarType::TensorDesc::kDataTypeFieldNumber ? NumberKind::kVarType : NumberKind::kInt64;
    case MessageKind::kAttr:
      if (number == Attr::kTypeFieldNumber) return NumberKind::kAttrType;
      if (number == Attr::kBFieldNumber || number == Attr::kBoolsFieldNumber) return NumberKind::kBool;
      return number == Attr::kLFieldNumber || number == Attr::kLongsFieldNumber ? NumberKind::kInt64
                                                                                : NumberKind::kInt32;
    case MessageKind::kScalar:
      if (number == proto::Scalar::kTypeFieldNumber) return NumberKind::kScalarType;
      return number == proto::Scalar::kBFieldNumber ? NumberKind::kBool : NumberKind::kInt64;
    default:
      return NumberKind::kInt32;
  }
}

void AppendEnum(std::string_view name, int32_t value, std::string* out) {
  *out += name.empty() ? "unknown " + std::to_string(value) : std::string(name);
}

void AppendInteger(NumberKind kind, uint64_t value, std::string* out) {
  const auto number = static_cast<int32_t>(value);
  switch (kind) {
    case NumberKind::kInt32:
      *out += std::to_string(number);
      break;
    case NumberKind::kInt64:
      *out += std::to_string(static_cast<int64_t>(value));
      break;
    case NumberKind::kBool:
      *out += value != 0 ? "true" : "false";
      break;
    case NumberKind::kAttrType:
      AppendEnum(AttrTypeName(number), number, out);
      break;
    case NumberKind::kVarType:
      AppendEnum(VarTypeName(number), number, out);
      break;
    case NumberKind::kScalarType:
      AppendEnum(ScalarTypeName(number), number, out);
      break;
  }
}

uint64_t LittleEndian(const char* p, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<uint8_t>(p[i])} << (8 * i);
  return value;
}

void AppendFixed(WireType type, uint64_t bits, std::string* out) {
  if (type == WireType::kFixed32) {
    AppendNumber(std::bit_cast<float>(static_cast<uint32_t>(bits)), out);
  } else {
    AppendNumber(std::bit_cast<double>(bits), out);
  }
}

// Gathers the occurrences of one field, and writes them as protobuf would understand them.
class FieldWriter {
 public:
  FieldWriter(MessageKind kind, uint32_t number, std::string* out)
      : kind_(kind), number_(number), rule_(RuleOf(kind).fields[number]), out_(out) {
    is_list_ = IsList(kind, number);
  }

  bool Write(std::string_view message) {
    const size_t begin = out_->size();
    Field last;
    std::string merged;  // the encodings of a message one after another are the encoding of both merged
    FieldReader reader(message);
    Field field;
    while (reader.Next(&field)) {
      if (field.number != number_ || !IsKnown(kind_, field)) continue;
      found_ = true;
      last = field;
      if (is_list_) {
        AppendItems(field);
      } else if (rule_.child != MessageKind::kNone) {
        merged += field.bytes;
      }
    }
    if (!found_) return false;
    if (is_list_) {
      out_->insert(begin, "[");
      *out_ += ']';
    } else if (rule_.child != MessageKind::kNone) {
      AppendMessage(rule_.child, merged, out_);
    } else {
      AppendItem(last);
    }
    return true;
  }

 private:
  void Separate() {
    if (items_++ != 0) *out_ += ", ";
  }

  void AppendItem(const Field& field) {
    if (rule_.child != MessageKind::kNone) {
      AppendMessage(rule_.child, field.bytes, out_);
    } else if (field.type == WireType::kBytes) {
      AppendQuoted(field.bytes, out_);
    } else if (field.type == WireType::kVarint) {
      AppendInteger(KindOf(kind_, number_), field.value, out_);
    } else {
      AppendFixed(field.type, field.value, out_);
    }
  }

  void AppendItems(const Field& field) {
    if (!rule_.packable || field.type != WireType::kBytes) {
      Separate();
      AppendItem(field);
      return;
    }
    const char* position = field.bytes.data();
    const char* end = position + field.bytes.size();
    const size_t size = rule_.type == WireType::kFixed32 ? 4 : 8;
    uint64_t value = 0;
    while (position != end) {
      if (rule_.type == WireType::kVarint) {
        if (!ReadVarint(&position, end, 10, &value)) return;
        Separate();
        AppendInteger(KindOf(kind_, number_), value, out_);
      } else {
        if (static_cast<size_t>(end - position) < size) return;
        Separate();
        AppendFixed(rule_.type, LittleEndian(position, size), out_);
        position += size;
      }
    }
  }

  MessageKind kind_;
  uint32_t number_;
  const FieldRule& rule_;
  std::string* out_;
  bool is_list_ = false;
  bool found_ = false;
  size_t items_ = 0;
};

}  // namespace

void AppendQuoted(std::string_view text, std::string* out) {
  *out += '\'';
  *out += EscapeWhole(text);
  *out += '\'';
}

void AppendName(std::string_view name, std::string* out) {
  if (IsPlain(name)) {
    *out += name;
  } else {
    AppendQuoted(name, out);
  }
}

std::string ShownName(std::string_view name) {
  std::string text;
  AppendName(name, &text);
  return text;
}

void AppendNumber(float value, std::string* out) { AppendFloating(value, std::bit_cast<uint32_t>(value), out); }
void AppendNumber(double value, std::string* out) { AppendFloating(value, std::bit_cast<uint64_t>(value), out); }

bool AppendField(MessageKind kind, std::string_view message, uint32_t number, std::string* out) {
  return FieldWriter(kind, number, out).Write(message);
}

void AppendMessage(MessageKind kind, std::string_view message, std::string* out) {
  const MessageRule& rule = RuleOf(kind);
  const char* separator = "";
  *out += '{';
  for (uint32_t number = 1; number < rule.fields.size(); ++number) {
    if (!rule.fields[number].known) continue;
    const size_t before = out->size();
    *out += separator;
    *out += rule.fields[number].name;
    *out += ": ";
    if (AppendField(kind, message, number, out)) {
      separator = ", ";
    } else {
      out->resize(before);
    }
  }
  ForEachUnknown(kind, message, [&](const Field& field) {
    *out += separator;
    AppendUnknown(field, out);
    separator = ", ";
  });
  *out += '}';
}

bool IsList(MessageKind kind, uint32_t number) {
  const FieldRule& rule = RuleOf(kind).fields[number];
  const bool texts =
      (kind == MessageKind::kSlot && number == proto::OpDesc::Var::kArgumentsFieldNumber) ||
      (kind == MessageKind::kAttr && (number == Attr::kStringsFieldNumber || number == Attr::kVarsNameFieldNumber));
  return rule.packable || rule.repeated || texts;
}

bool IsKnown(MessageKind kind, const Field& field) {
  const MessageRule& rule = RuleOf(kind);
  if (field.number >= rule.fields.size()) return false;
  const FieldRule& known = rule.fields[field.number];
  return known.known && (field.type == known.type || (known.packable && field.type == WireType::kBytes));
}

void AppendUnknown(const Field& field, std::string* out) {
  *out += "unknown " + std::to_string(field.number) + ": ";
  switch (field.type) {
    case WireType::kVarint:
      *out += "varint " + std::to_string(field.value);
      break;
    case WireType::kFixed32:
      *out += "fixed32 0x" + HexDigits(field.value, 8);
      break;
    case WireType::kFixed64:
      *out += "fixed64 0x" + HexDigits(field.value, 16);
      break;
    case WireType::kBytes:
      *out += "bytes ";
      AppendHexBytes(field.bytes, out);
      break;
    case WireType::kGroup:
    case WireType::kEndGroup:
      *out += "group ";
      AppendHexBytes(field.whole, out);
      break;
  }
}

}  // namespace pdquant
