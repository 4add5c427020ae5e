#include "paddle/import/attribute_value.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/find_row.h"

namespace pdquant {
namespace {

using TypeWord = std::pair<std::string_view, AttributeType>;
constexpr std::array<TypeWord, 10> kTypes = {{
    {"INT", AttributeType::kInt},
    {"LONG", AttributeType::kLong},
    {"FLOAT", AttributeType::kFloat},
    {"BOOLEAN", AttributeType::kBool},
    {"STRING", AttributeType::kString},
    {"INTS", AttributeType::kInts},
    {"LONGS", AttributeType::kLongs},
    {"FLOATS", AttributeType::kFloats},
    {"STRINGS", AttributeType::kStrings},
    {"SCALARS", AttributeType::kScalars},
}};

template <typename T>
bool ParseNumber(std::string_view text, std::vector<T>* values) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  values->push_back(value);
  return error == std::errc() && end == text.data() + text.size();
}

bool ParseValue(std::string_view text, TableAttribute* attribute) {
  bool ok = true;
  switch (attribute->type) {
    case AttributeType::kInt:
    case AttributeType::kLong:
      return ParseNumber(text, &attribute->integers);
    case AttributeType::kFloat:
      return ParseNumber(text, &attribute->numbers);
    case AttributeType::kBool:
      attribute->integers.push_back(text == "true" ? 1 : 0);
      return text == "true" || text == "false";
    case AttributeType::kString:
      attribute->text = text;
      return true;
    case AttributeType::kInts:
    case AttributeType::kLongs:
      ForEachWord(text, ',', [&](std::string_view word) { ok = ParseNumber(word, &attribute->integers) && ok; });
      return ok;
    case AttributeType::kFloats:
      ForEachWord(text, ',', [&](std::string_view word) { ok = ParseNumber(word, &attribute->numbers) && ok; });
      return ok;
    case AttributeType::kStrings:
    case AttributeType::kScalars:
      return text.empty();
  }
  return false;
}

}  // namespace

std::optional<AttributeType> FindAttributeType(std::string_view word) {
  const TypeWord* found = FindRow(kTypes, &TypeWord::first, word);
  return found == nullptr ? std::nullopt : std::optional(found->second);
}

std::optional<TableAttribute> ParseAttribute(std::string_view word) {
  const size_t colon = word.find(':');
  const size_t equals = word.find('=');
  if (colon == std::string_view::npos || equals == std::string_view::npos || equals < colon) return std::nullopt;
  const auto type = FindAttributeType(word.substr(colon + 1, equals - colon - 1));
  if (!type) return std::nullopt;
  TableAttribute attribute;
  attribute.name = word.substr(0, colon);
  attribute.type = *type;
  if (!ParseValue(word.substr(equals + 1), &attribute)) return std::nullopt;
  return attribute;
}

}  // namespace pdquant
