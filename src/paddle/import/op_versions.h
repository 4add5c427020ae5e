// The versions of ops that Paddle 2.6.2 writes into each program (ProgramDesc.op_version_map). Paddle 3 takes an op
// without one for that of Paddle 1.x and rewrites it: set_value loses its values.
#ifndef PDQUANT_PADDLE_IMPORT_OP_VERSIONS_H_
#define PDQUANT_PADDLE_IMPORT_OP_VERSIONS_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace pdquant {

struct OpVersion {
  std::string_view type;
  int32_t version;
};

// In the order of their types, as Paddle writes them.
std::span<const OpVersion> OpVersions();

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_IMPORT_OP_VERSIONS_H_
