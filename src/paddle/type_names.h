// What the numbers of the schema stand for: without reflection, which would cost start-up.
#ifndef PDQUANT_PADDLE_TYPE_NAMES_H_
#define PDQUANT_PADDLE_TYPE_NAMES_H_

#include <cstdint>
#include <string_view>

namespace pdquant {

// "INT" for proto::INT; empty for a number that only a newer Paddle knows.
std::string_view AttrTypeName(int32_t type);
// "LOD_TENSOR", "FP32" …: of a proto::VarType::Type, which holds both kinds of variables and types of elements.
std::string_view VarTypeName(int32_t type);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_TYPE_NAMES_H_
