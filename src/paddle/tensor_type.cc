#include "paddle/tensor_type.h"

#include <algorithm>
#include <array>

namespace pdquant {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 62U;

struct DataType {
  int32_t number;  // proto::VarType::Type
  uint32_t size;
  const char* name;
};

constexpr std::array<DataType, 13> kDataTypes = {{{0, 1, "BOOL"},
                                                  {1, 2, "INT16"},
                                                  {2, 4, "INT32"},
                                                  {3, 8, "INT64"},
                                                  {4, 2, "FP16"},
                                                  {5, 4, "FP32"},
                                                  {6, 8, "FP64"},
                                                  {19, 8, "SIZE_T"},
                                                  {20, 1, "UINT8"},
                                                  {21, 1, "INT8"},
                                                  {22, 2, "BF16"},
                                                  {23, 8, "COMPLEX64"},
                                                  {24, 16, "COMPLEX128"}}};

const DataType* FindDataType(int32_t number) {
  const auto* found = std::find_if(kDataTypes.begin(), kDataTypes.end(),
                                   [number](const DataType& type) { return type.number == number; });
  return found == kDataTypes.end() ? nullptr : found;
}

// The product of `count` and `size`; nothing where it is over kMost. `size` isn't 0.
std::optional<uint64_t> Multiply(uint64_t count, uint64_t size) {
  if (count > kMost / size) return std::nullopt;
  return count * size;
}

}  // namespace

std::optional<uint32_t> ElementSize(int32_t data_type) {
  const DataType* type = FindDataType(data_type);
  if (type == nullptr) return std::nullopt;
  return type->size;
}

std::string DataTypeName(int32_t data_type) {
  const DataType* type = FindDataType(data_type);
  return type == nullptr ? "type " + std::to_string(data_type) : type->name;
}

std::string DescribeTensor(int32_t data_type, std::span<const int64_t> dims) {
  constexpr size_t kMostShown = 16;
  std::string text = DataTypeName(data_type) + " [";
  for (size_t i = 0; i < dims.size() && i < kMostShown; ++i) text += (i == 0 ? "" : ", ") + std::to_string(dims[i]);
  if (dims.size() > kMostShown) text += ", ... (" + std::to_string(dims.size()) + " dims)";
  return text + "]";
}

std::optional<uint64_t> ElementCount(std::span<const int64_t> dims) {
  uint64_t count = 1;
  bool empty = false;
  for (const int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
    empty = empty || dim == 0;
    if (dim == 0) continue;
    const std::optional<uint64_t> product = Multiply(count, static_cast<uint64_t>(dim));
    if (!product) return std::nullopt;
    count = *product;
  }
  return empty ? 0 : count;
}

std::optional<uint64_t> DataBytes(int32_t data_type, std::span<const int64_t> dims) {
  const std::optional<uint32_t> size = ElementSize(data_type);
  const std::optional<uint64_t> count = ElementCount(dims);
  if (!size || !count) return std::nullopt;
  return Multiply(*count, *size);
}

}  // namespace pdquant
