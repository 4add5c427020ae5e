// Attributes as words of a table: "axis:INT=-1".
#ifndef PDQUANT_PADDLE_IMPORT_ATTRIBUTE_VALUE_H_
#define PDQUANT_PADDLE_IMPORT_ATTRIBUTE_VALUE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pdquant {

// The kinds of attributes (proto::AttrType) that tables speak of.
enum class AttributeType { kInt, kLong, kFloat, kBool, kString, kInts, kLongs, kFloats, kStrings, kScalars };

// "INT" is kInt; nothing for another word.
std::optional<AttributeType> FindAttributeType(std::string_view word);

// The value of an attribute: which of the fields counts is said by the type; one number for INT, LONG, FLOAT and BOOL.
struct TableAttribute {
  std::string_view name;
  AttributeType type = AttributeType::kInt;
  std::vector<int64_t> integers;  // INT, LONG, BOOL and lists of integers
  std::vector<double> numbers;    // FLOAT and FLOATS
  std::string_view text;          // STRING
};

// Reads "axis:INT=-1" or "sections:INTS=1,2". Nothing where it is none.
std::optional<TableAttribute> ParseAttribute(std::string_view word);

// Calls `take` with each of the words of a cell.
template <typename F>
void ForEachWord(std::string_view cell, char separator, F&& take) {
  while (!cell.empty()) {
    const size_t end = cell.find(separator);
    const std::string_view word = cell.substr(0, end);
    if (!word.empty()) take(word);
    cell = end == std::string_view::npos ? std::string_view() : cell.substr(end + 1);
  }
}

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_IMPORT_ATTRIBUTE_VALUE_H_
