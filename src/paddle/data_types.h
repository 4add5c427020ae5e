// What the numbers of the schema's enumerations stand for, without reflection, which would cost start-up; and how many
// bytes the elements of a tensor make.
#ifndef PDQUANT_PADDLE_DATA_TYPES_H_
#define PDQUANT_PADDLE_DATA_TYPES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pdquant {

// "INT" for proto::INT; empty for a number that only a newer Paddle knows.
std::string_view AttrTypeName(int32_t type);
// "LOD_TENSOR", "FP32" …: of a proto::VarType::Type, which holds both kinds of variables and types of elements; empty
// for a number that only a newer Paddle knows.
std::string_view VarTypeName(int32_t type);
// "FLOAT64" …: of a proto::Scalar::Type; empty for a number that only a newer Paddle knows.
std::string_view ScalarTypeName(int32_t type);

// The type of elements (proto::VarType::Type) that Paddle 3 writes as "f32" in the types of values, or as "float32" in
// attributes; nothing for another word.
std::optional<int32_t> FindPirElement(std::string_view word);
std::optional<int32_t> FindDataTypeWord(std::string_view word);
// "float32"; empty for a type without a word.
std::string_view DataTypeWord(int32_t data_type);

// The bytes of one element; nothing for what can't be the element of a tensor.
std::optional<uint32_t> ElementSize(int32_t data_type);
// "FP32", or "type 99" for what can't be the element of a tensor.
std::string DataTypeName(int32_t data_type);
// "FP32 [64, 3, 7, 7]".
std::string DescribeTensor(int32_t data_type, std::span<const int64_t> dims);

// The product of the dims, 1 without any; nothing where one is negative, or where the product of those that aren't 0
// is over 2^62.
std::optional<uint64_t> ElementCount(std::span<const int64_t> dims);
// ElementCount · ElementSize, at most 2^62.
std::optional<uint64_t> DataBytes(int32_t data_type, std::span<const int64_t> dims);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_DATA_TYPES_H_
