// What differs between two things that are compared, and what of it counts.
#ifndef PDQUANT_DIFF_DIFFERENCE_H_
#define PDQUANT_DIFF_DIFFERENCE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/index.h"
#include "ir/wire_schema.h"

namespace pdquant {

// What differs between two ops, two variables or two programs that are compared with one another.
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
  // Canonical text, uncut; nothing where the program doesn't have it.
  std::optional<std::string> from;
  std::optional<std::string> to;
  // Of a single argument: the names, each of its program.
  uint32_t from_name = UINT32_MAX;
  uint32_t to_name = UINT32_MAX;
};

// What a comparison leaves out. Patterns (fnmatch) of names: an attribute ("op_role"), one of ops of a type
// ("conv2d.use_cudnn"), or another property ("persistable", "version", "unknown").
class IgnoreRules {
 public:
  IgnoreRules() = default;
  // Besides the patterns, `with_defaults` leaves out what says nothing of a program's meaning: op_callstack.
  explicit IgnoreRules(std::vector<std::string> patterns, bool with_defaults = true);

  // `owner` is the type of an op (or of its partner), "var" of a variable, "block" of a block, "program" of the
  // program.
  bool Covers(std::string_view owner, std::string_view name) const;

 private:
  std::vector<std::string> patterns_;
};

struct DiffOptions {
  IgnoreRules ignore;
  bool ignore_order = false;  // ops that moved without effect are no change
  bool ignore_names = false;  // consistent renaming is no change
};

// The differences that were found, or only whether there are any: then the first one is enough.
class DifferenceList {
 public:
  explicit DifferenceList(std::vector<Difference>* out = nullptr) : out_(out) {}

  bool any() const { return any_; }
  bool full() const { return any_ && out_ == nullptr; }

  template <typename Make>
  void Add(Make&& make) {
    any_ = true;
    if (out_ != nullptr) out_->push_back(make());
  }

 private:
  std::vector<Difference>* out_;
  bool any_ = false;
};

// A slot with all its arguments, which may come in several messages of one name.
struct OpSlot {
  std::string_view name;
  std::vector<NameId> arguments;
  std::string unknown;
  size_t messages = 1;
};

// The slots of an op, by name.
std::vector<OpSlot> SlotsOf(const Index& index, OpId op, bool inputs);

// "x", "[x, y]", "[]".
std::string ArgumentsText(const Index& index, std::span<const NameId> arguments);

// The fields of a message that the schema doesn't know, as text.
std::string UnknownText(MessageKind kind, std::string_view message);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_DIFFERENCE_H_
