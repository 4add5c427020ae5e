// The attributes of a PieceReader.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/escape.h"
#include "pir/piece_reader.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kBad = "pir-format";

}  // namespace

Range PieceReader::ReadAttrs(const JsonValue& list, const char* what) {
  std::vector<Attr> read;
  list.ForEach([&](const JsonValue& entry) {
    CheckKeys(entry, {"N", "AT"}, what);
    const JsonValue name = Take(entry, "N");
    if (!name.is(JsonKind::kString)) return Fail(kBad, std::string(what) + " without a name ('N')");
    Attr attr = ReadAttr(Take(entry, "AT"));
    attr.name = name.node().text;
    const auto same = [&](const Attr& other) { return other.name == attr.name; };
    if (std::any_of(read.begin(), read.end(), same))
      Fail(kBad, std::string(what) + " comes twice: " + Quote(text(name)));
    constexpr size_t kMost = 256;
    if (read.size() == kMost) return Fail(kBad, "the op has more than 256 attributes");
    if (read.size() < kMost) read.push_back(attr);
  });
  Range range;
  range.begin = static_cast<uint32_t>(program_->attrs.size());
  program_->attrs.insert(program_->attrs.end(), read.begin(), read.end());
  range.end = static_cast<uint32_t>(program_->attrs.size());
  return range;
}

Attr PieceReader::ReadAttr(const JsonValue& value) {
  Attr attr;
  CheckKeys(value, {"#", "D", "VD"}, "an attribute's value");
  const JsonValue kind = Take(value, "#");
  if (!kind.is(JsonKind::kString)) {
    Fail(kBad, "an attribute's value without a type ('#')");
    return attr;
  }
  const JsonValue data = Take(value, "D");
  if (const JsonValue not_finite = Take(value, "VD"); not_finite) {
    attr.kind = Attr::Kind::kNotFinite;
    const bool is_text = not_finite.is(JsonKind::kString);
    attr.text = is_text ? not_finite.node().text : kNoName;
    Fail("pir-not-finite", "an attribute holds " + (is_text ? Quote(text(not_finite)) : std::string("no number")) +
                               " under the key 'VD', which Paddle writes and can't load ('key D not found')");
  } else if (!data) {
    Fail(kBad, "an attribute's value has no data ('D')");
  } else if (!ReadAttrData(text(kind), data, &attr)) {
    Fail(kBad, "an attribute's data ('D') is not of the type " + Quote(text(kind)));
    attr.kind = Attr::Kind::kOther;
  }
  return attr;
}

bool PieceReader::ReadNumber(std::string_view kind, const JsonValue& data, Attr* attr) {
  using Kind = Attr::Kind;
  if (kind == "0.a_bool") {
    attr->kind = Kind::kBool;
  } else if (kind == "0.a_i32") {
    attr->kind = Kind::kInt32;
  } else if (kind == "0.a_i64") {
    attr->kind = Kind::kInt64;
  } else if (kind == "0.a_index") {
    attr->kind = Kind::kIndex;
  } else if (kind == "0.a_f32" || kind == "0.a_f64") {
    attr->kind = kind == "0.a_f32" ? Kind::kFloat32 : Kind::kFloat64;
    attr->number = data.is(JsonKind::kNumber) ? data.node().number : 0;
    return data.is(JsonKind::kNumber);
  }
  if (!data.is(attr->kind == Kind::kBool ? JsonKind::kBool : JsonKind::kInteger)) return false;
  attr->integer = data.node().integer;
  return attr->kind != Kind::kInt32 ||
         (attr->integer >= std::numeric_limits<int32_t>::min() && attr->integer <= std::numeric_limits<int32_t>::max());
}

bool PieceReader::ReadAttrData(std::string_view kind, const JsonValue& data, Attr* attr) {
  using Kind = Attr::Kind;
  if (kind == "0.a_bool" || kind == "0.a_i32" || kind == "0.a_i64" || kind == "0.a_index" || kind == "0.a_f32" ||
      kind == "0.a_f64") {
    return ReadNumber(kind, data, attr);
  }
  if (kind == "0.a_array") return ReadArray(data, attr);
  if (kind == "1.a_intarray") return ReadIntegers(data, attr);
  if (kind == "1.a_scalar") return ReadScalar(data, attr);
  if (kind == "0.a_str" || kind == "0.a_tensorname" || kind == "1.a_dtype" || kind == "1.a_layout") {
    attr->kind = kind == "1.a_dtype" ? Kind::kDataType : kind == "1.a_layout" ? Kind::kLayout : Kind::kString;
    attr->text = data.is(JsonKind::kString) ? data.node().text : kNoName;
    return data.is(JsonKind::kString);
  }
  if (kind == "1.a_place") {
    attr->kind = Kind::kPlace;
    return data.is(JsonKind::kArray) && data.count() == 3;
  }
  if (kind == "0.a_type") {
    attr->kind = Kind::kType;
    attr->type = ReadType(data);
    return true;
  }
  attr->kind = Kind::kOther;
  if (kind != "0.a_c64" && kind != "0.a_c128") Fail(kBad, "an attribute of a type that isn't known: " + Quote(kind));
  return true;
}

// Members of one type; an empty array doesn't say of which.
bool PieceReader::ReadArray(const JsonValue& data, Attr* attr) {
  attr->kind = Attr::Kind::kArray;
  attr->items = {};
  if (!data.is(JsonKind::kArray)) return false;
  const auto begin = static_cast<uint32_t>(program_->items.size());
  program_->items.resize(begin + data.count());
  uint32_t next = begin;
  data.ForEach([&](const JsonValue& item) {
    const Attr read = ReadAttr(item);
    program_->items[next++] = read;
  });
  attr->items = {begin, next};
  for (uint32_t i = begin + 1; i < next; ++i) {
    const auto kind = program_->items[i].kind;
    if (kind == program_->items[begin].kind || kind == Attr::Kind::kNotFinite) continue;
    Fail(kBad, "an array of values of different types");
    break;
  }
  return true;
}

bool PieceReader::ReadIntegers(const JsonValue& data, Attr* attr) {
  attr->kind = Attr::Kind::kIntArray;
  if (!data.is(JsonKind::kArray)) return false;
  bool ok = true;
  attr->items.begin = static_cast<uint32_t>(program_->items.size());
  data.ForEach([&](const JsonValue& item) {
    Attr& added = program_->items.emplace_back();
    added.kind = Attr::Kind::kInt64;
    ok = ok && item.is(JsonKind::kInteger);
    if (ok) added.integer = item.node().integer;
  });
  attr->items.end = static_cast<uint32_t>(program_->items.size());
  return ok;
}

// ["float32", 1.5]
bool PieceReader::ReadScalar(const JsonValue& data, Attr* attr) {
  attr->kind = Attr::Kind::kScalar;
  attr->text = kNoName;
  const JsonValue word = data.Item(0);
  const JsonValue value = data.Item(1);
  if (!word.is(JsonKind::kString) || !value || data.count() != 2) return false;
  attr->text = word.node().text;
  attr->items.begin = static_cast<uint32_t>(program_->items.size());
  Attr& item = program_->items.emplace_back();
  attr->items.end = attr->items.begin + 1;
  switch (value.node().kind) {
    case JsonKind::kBool:
    case JsonKind::kInteger:
      item.kind = value.is(JsonKind::kBool) ? Attr::Kind::kBool : Attr::Kind::kInt64;
      item.integer = value.node().integer;
      return true;
    case JsonKind::kNumber:
      item.kind = Attr::Kind::kFloat64;
      item.number = value.node().number;
      return true;
    default:
      return false;
  }
}

}  // namespace pdquant::pir
