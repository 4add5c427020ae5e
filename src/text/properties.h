// What a program and a variable say of themselves, as a list: canonical text writes it, and diff compares two of them.
#ifndef PDQUANT_TEXT_PROPERTIES_H_
#define PDQUANT_TEXT_PROPERTIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ir/program.h"
#include "ir/views.h"

namespace pdquant {

struct Property {
  enum class Kind : uint8_t { kField, kAttribute, kUnknown };  // unknown: a field that only a newer Paddle knows
  Kind kind = Kind::kField;
  std::string name;  // raw that of an attribute; of others as it is written
  std::string text;  // canonical; may be empty
};

// All but the blocks: the version first ("version", "1008005"), then op_version_map ("op_version conv2d", "2"),
// op_compatible_map and unknown fields ("unknown 1000", "varint 7") in the order of the file, those of a map in byte
// order.
std::vector<Property> ProgramProperties(const Program& program);

// All but the name: the type, flags that are set ("persistable", "true"), attributes in the byte order of their names,
// unknown fields ("unknown", "unknown 1000: varint 7"). Values that are the default are left out.
std::vector<Property> VarProperties(const VarView& var);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_PROPERTIES_H_
