// Element types and shapes of tensors, and how many bytes they make.
#ifndef PDQUANT_PADDLE_TENSOR_TYPE_H_
#define PDQUANT_PADDLE_TENSOR_TYPE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace pdquant {

// The bytes of one element; nothing for what can't be the element of a tensor.
std::optional<uint32_t> ElementSize(int32_t data_type);
// "FP32", or "type 99".
std::string DataTypeName(int32_t data_type);
// "FP32 [64, 3, 7, 7]".
std::string DescribeTensor(int32_t data_type, std::span<const int64_t> dims);

// The product of the dims, 1 without any; nothing where one is negative, or where the product of those that aren't 0
// is over 2^62.
std::optional<uint64_t> ElementCount(std::span<const int64_t> dims);
// ElementCount · ElementSize, at most 2^62.
std::optional<uint64_t> DataBytes(int32_t data_type, std::span<const int64_t> dims);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_TENSOR_TYPE_H_
