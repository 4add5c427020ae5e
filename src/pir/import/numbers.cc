#include "pir/import/numbers.h"

#include <cmath>
#include <limits>

#include "base/shortest_text.h"

namespace pdquant::pir {
namespace {

bool AddNumber(const Attr& attr, Numbers* numbers) {
  switch (attr.kind) {
    case Attr::Kind::kBool:
    case Attr::Kind::kInt32:
    case Attr::Kind::kInt64:
    case Attr::Kind::kIndex:
      numbers->is_bool = attr.kind == Attr::Kind::kBool;
      numbers->integers.push_back(attr.integer);
      return !numbers->is_float;
    case Attr::Kind::kFloat32:
    case Attr::Kind::kFloat64:
      numbers->is_float = true;
      numbers->floats.push_back(attr.number);
      return numbers->integers.empty();
    default:
      return false;
  }
}

bool FitsInt(int64_t value) {
  return value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

// A float of an attribute was a float before; a larger one isn't rounded to infinity.
std::string ToFloats(const Numbers& numbers, bool from_constant, std::vector<float>* values) {
  for (const double value : numbers.floats) {
    if (std::abs(value) > std::numeric_limits<float>::max()) return ShortestText(value) + " is out of a float's range";
    values->push_back(static_cast<float>(value));
  }
  if (numbers.is_float || numbers.integers.empty()) return "";
  if (!from_constant) return "holds an integer in the place of a float";
  for (const int64_t value : numbers.integers) {
    // 2^24 is the largest number up to which a float holds each integer.
    if (std::abs(static_cast<double>(value)) > double{1 << 24} &&
        static_cast<double>(static_cast<float>(value)) != static_cast<double>(value)) {
      return std::to_string(value) + " can't be told exactly by a float";
    }
    values->push_back(static_cast<float>(value));
  }
  return "";
}

// A constant that is a whole number may be declared as a float.
std::string ToIntegers(const Numbers& numbers, bool from_constant, std::vector<int64_t>* values) {
  *values = numbers.integers;
  for (const double value : numbers.floats) {
    constexpr double kMostExact = 9007199254740992.0;  // 2^53
    if (!from_constant || std::abs(value) > kMostExact || value != std::floor(value))
      return "holds a float in the place of an integer";
    values->push_back(static_cast<int64_t>(value));
  }
  return "";
}

std::string ToInts(const std::vector<int64_t>& integers, std::vector<int32_t>* values) {
  for (const int64_t value : integers) {
    if (!FitsInt(value)) return std::to_string(value) + " doesn't fit into the 32 bits that a ProgramDesc has for it";
    values->push_back(static_cast<int32_t>(value));
  }
  return "";
}

}  // namespace

std::optional<int64_t> ToInteger(double value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!(value >= -kLimit && value < kLimit)) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<Numbers> NumbersOf(const Program& program, const Attr& attr) {
  Numbers numbers;
  switch (attr.kind) {
    case Attr::Kind::kArray:
    case Attr::Kind::kIntArray:
      numbers.is_list = true;
      for (const Attr& item : program.ItemsOf(attr)) {
        if (item.kind == Attr::Kind::kScalar) {
          if (!AddNumber(program.items[item.items.begin], &numbers)) return std::nullopt;
        } else if (!AddNumber(item, &numbers)) {
          return std::nullopt;
        }
      }
      return numbers;
    case Attr::Kind::kScalar:
      return AddNumber(program.items[attr.items.begin], &numbers) ? std::optional(numbers) : std::nullopt;
    default:
      return AddNumber(attr, &numbers) ? std::optional(numbers) : std::nullopt;
  }
}

std::string SetNumbers(std::string_view name, AttributeType type, const Numbers& numbers, bool from_constant,
                       OpDraft* draft) {
  const bool wants_list = type == AttributeType::kInts || type == AttributeType::kLongs ||
                          type == AttributeType::kFloats || type == AttributeType::kScalars;
  if (!wants_list && (numbers.is_list || numbers.size() != 1)) return "holds a list in the place of one number";
  if (wants_list && !numbers.is_list && !from_constant) return "holds one number in the place of a list";
  if (numbers.is_bool != (type == AttributeType::kBool) && numbers.size() != 0)
    return numbers.is_bool ? "holds a bool in the place of a number" : "holds a number in the place of a bool";
  std::vector<int64_t> integers;
  std::vector<int32_t> ints;
  std::vector<float> floats;
  std::string wrong;
  switch (type) {
    case AttributeType::kBool:
      draft->Set(name, numbers.integers[0] != 0);
      break;
    case AttributeType::kInt:
    case AttributeType::kInts:
      wrong = ToIntegers(numbers, from_constant, &integers);
      if (wrong.empty()) wrong = ToInts(integers, &ints);
      if (!wrong.empty()) break;
      if (type == AttributeType::kInt) {
        draft->Set(name, ints[0]);
      } else {
        draft->Set(name, std::span<const int32_t>(ints));
      }
      break;
    case AttributeType::kLong:
    case AttributeType::kLongs:
      wrong = ToIntegers(numbers, from_constant, &integers);
      if (!wrong.empty()) break;
      if (type == AttributeType::kLong) {
        draft->Set(name, integers[0]);
      } else {
        draft->Set(name, std::span<const int64_t>(integers));
      }
      break;
    case AttributeType::kFloat:
    case AttributeType::kFloats:
      wrong = ToFloats(numbers, from_constant, &floats);
      if (!wrong.empty()) break;
      if (type == AttributeType::kFloat) {
        draft->Set(name, floats[0]);
      } else {
        draft->Set(name, std::span<const float>(floats));
      }
      break;
    case AttributeType::kString:
    case AttributeType::kStrings:
    case AttributeType::kScalars:
      return "holds a number in the place of a text";
  }
  return wrong;
}

}  // namespace pdquant::pir
