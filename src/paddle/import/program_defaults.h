// What Paddle 2.6.2 writes into a program without being asked: the default attributes of ops, and their versions.
#ifndef PDQUANT_PADDLE_IMPORT_PROGRAM_DEFAULTS_H_
#define PDQUANT_PADDLE_IMPORT_PROGRAM_DEFAULTS_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "paddle/import/attribute_value.h"

namespace pdquant {

// The attributes of ops with the values that it gives them where nobody does, as a table (default_attributes.tsv,
// written by Paddle's own attribute checker). Paddle fills them in when it loads a program; Paddle2ONNX 1.3 and others
// stop at an attribute that isn't there. In the order of their names; none for a type that the table doesn't have.
std::vector<TableAttribute> DefaultAttributes(std::string_view op_type);

// The versions of ops that it writes into each program (ProgramDesc.op_version_map). Paddle 3 takes an op without one
// for that of Paddle 1.x and rewrites it: set_value loses its values.
struct OpVersion {
  std::string_view type;
  int32_t version;
};

// In the order of their types, as Paddle writes them.
std::span<const OpVersion> OpVersions();

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_IMPORT_PROGRAM_DEFAULTS_H_
