// What differs between two ops, two variables or two programs that are compared with one another.
#ifndef PDQUANT_DIFF_DIFFERENCE_H_
#define PDQUANT_DIFF_DIFFERENCE_H_

#include <cstdint>
#include <optional>
#include <string>

namespace pdquant {

struct Difference {
  enum class Part : uint8_t {
    kType,       // of an op
    kInput,      // a slot
    kOutput,     // a slot
    kAttribute,  // of an op or of a variable
    kField,      // any other field of the schema
    kUnknown,    // fields that only a newer Paddle knows
  };
  Part part = Part::kField;
  std::string name;       // of the slot, the attribute or the field: raw
  int64_t position = -1;  // in a list of several arguments: of the first one that differs
  // Canonical text, uncut; nothing where the side doesn't have it.
  std::optional<std::string> from;
  std::optional<std::string> to;
  // Of a single argument: the names, each of its program.
  uint32_t from_name = UINT32_MAX;
  uint32_t to_name = UINT32_MAX;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_DIFFERENCE_H_
