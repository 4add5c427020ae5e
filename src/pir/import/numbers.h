// Numbers on their way from PIR, which writes them in several widths, to attributes, which have one.
#ifndef PDQUANT_PIR_IMPORT_NUMBERS_H_
#define PDQUANT_PIR_IMPORT_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "paddle/import/attribute_value.h"
#include "pir/import/draft.h"
#include "pir/program.h"

namespace pdquant::pir {

// One number or several, of one kind.
struct Numbers {
  bool is_list = false;
  bool is_bool = false;
  bool is_float = false;
  std::vector<int64_t> integers;  // where they aren't floats; 0 and 1 of bool
  std::vector<double> floats;

  size_t size() const { return is_float ? floats.size() : integers.size(); }
};

// As a kernel converts a double to an integer; nothing where that isn't defined.
std::optional<int64_t> ToInteger(double value);

// The numbers of an attribute of PIR; nothing for one that holds none.
std::optional<Numbers> NumbersOf(const Program& program, const Attr& attr);

// Sets an attribute to the numbers. An integer isn't taken for a float or a bool, nor the other way round, but for one
// that a constant of integers gives to a FLOAT. One number is taken for a list of one. Returns what is wrong; empty
// where nothing is.
std::string SetNumbers(std::string_view name, AttributeType type, const Numbers& numbers, bool from_constant,
                       OpDraft* draft);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_NUMBERS_H_
