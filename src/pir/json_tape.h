// JSON values one behind another, as they were read: what a reader needs of a piece of a file until it has made
// something of it.
#ifndef PDQUANT_PIR_JSON_TAPE_H_
#define PDQUANT_PIR_JSON_TAPE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pir/program.h"

namespace pdquant::pir {

// An integer and a number with a fraction or an exponent are two kinds: 1 isn't 1.0.
enum class JsonKind : uint8_t { kNull, kBool, kInteger, kNumber, kString, kArray, kObject, kElsewhere };

struct JsonNode {
  JsonKind kind = JsonKind::kNull;
  TextId key = kNoName;  // of the member of an object
  uint32_t end = 0;      // behind all that is inside it
  uint32_t count = 0;    // of members, of an array or an object
  union {
    int64_t integer = 0;
    double number;
    TextId text;
  };
};

using JsonTape = std::vector<JsonNode>;

// A value on a tape. It is a view, of which the tape must not change.
class JsonValue {
 public:
  JsonValue() = default;
  JsonValue(const JsonTape* tape, uint32_t at) : tape_(tape), at_(at) {}

  explicit operator bool() const { return tape_ != nullptr; }
  // Of a value that isn't there a null.
  const JsonNode& node() const {
    static constexpr JsonNode kNothing{};
    return tape_ == nullptr ? kNothing : (*tape_)[at_];
  }
  bool is(JsonKind kind) const { return tape_ != nullptr && node().kind == kind; }
  uint32_t count() const { return node().count; }
  uint32_t at() const { return at_; }
  const JsonTape& tape() const { return *tape_; }

  // Calls f(member) with each member of an array or an object.
  template <typename F>
  void ForEach(F&& f) const {
    for (uint32_t i = at_ + 1; i < node().end; i = (*tape_)[i].end) f(JsonValue(tape_, i));
  }
  // The member of an array; one that isn't there is false.
  JsonValue Item(uint32_t number) const {
    if (!is(JsonKind::kArray) || number >= count()) return {};
    uint32_t i = at_ + 1;
    for (; number > 0; --number) i = (*tape_)[i].end;
    return {tape_, i};
  }
  // The member of an object.
  JsonValue Member(TextId key) const {
    if (!is(JsonKind::kObject)) return {};
    for (uint32_t i = at_ + 1; i < node().end; i = (*tape_)[i].end) {
      if ((*tape_)[i].key == key) return {tape_, i};
    }
    return {};
  }

 private:
  const JsonTape* tape_ = nullptr;
  uint32_t at_ = 0;
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_JSON_TAPE_H_
