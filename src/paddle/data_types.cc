#include "paddle/data_types.h"

#include <array>

#include "base/find_row.h"

namespace pdquant {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 62U;

constexpr std::array<std::string_view, 18> kAttrTypes = {
    "INT",  "FLOAT",  "STRING", "INTS",     "FLOATS", "STRINGS", "BOOLEAN", "BOOLEANS", "BLOCK",
    "LONG", "BLOCKS", "LONGS",  "FLOAT64S", "VAR",    "VARS",    "FLOAT64", "SCALAR",   "SCALARS"};

constexpr std::array<std::string_view, 5> kScalarTypes = {"", "BOOLEAN", "LONG", "FLOAT64", "COMPLEX128"};

struct VarType {
  std::string_view name;  // empty where no Paddle uses the number
  uint32_t size = 0;      // the bytes of one element; 0 for what is no type of elements
};

// By the number of proto::VarType::Type.
constexpr std::array<VarType, 32> kVarTypes = {
    {{"BOOL", 1},        {"INT16", 2},         {"INT32", 4},      {"INT64", 8},       {"FP16", 2},    {"FP32", 4},
     {"FP64", 8},        {"LOD_TENSOR"},       {"SELECTED_ROWS"}, {"FEED_MINIBATCH"}, {"FETCH_LIST"}, {"STEP_SCOPES"},
     {"LOD_RANK_TABLE"}, {"LOD_TENSOR_ARRAY"}, {"PLACE_LIST"},    {"READER"},         {""},           {"RAW"},
     {"TUPLE"},          {"SIZE_T", 8},        {"UINT8", 1},      {"INT8", 1},        {"BF16", 2},    {"COMPLEX64", 8},
     {"COMPLEX128", 16}, {"STRING"},           {"STRINGS"},       {"VOCAB"},          {"FEED_LIST"},  {"PSTRING"},
     {"SPARSE_COO"},     {"SPARSE_CSR"}}};

struct DataTypeWords {
  std::string_view element;  // in the types of PIR
  std::string_view word;
  int32_t number;  // of proto::VarType::Type
};

constexpr std::array<DataTypeWords, 12> kDataTypeWords = {{{"bool", "bool", 0},
                                                           {"i16", "int16", 1},
                                                           {"i32", "int32", 2},
                                                           {"i64", "int64", 3},
                                                           {"f16", "float16", 4},
                                                           {"f32", "float32", 5},
                                                           {"f64", "float64", 6},
                                                           {"ui8", "uint8", 20},
                                                           {"i8", "int8", 21},
                                                           {"bf16", "bfloat16", 22},
                                                           {"c64", "complex64", 23},
                                                           {"c128", "complex128", 24}}};

template <typename Entry, size_t kSize>
Entry EntryOf(const std::array<Entry, kSize>& entries, int32_t number) {
  return number >= 0 && static_cast<size_t>(number) < kSize ? entries[static_cast<size_t>(number)] : Entry{};
}

// The product of `count` and `size`; nothing where it is over kMost. `size` isn't 0.
std::optional<uint64_t> Multiply(uint64_t count, uint64_t size) {
  if (count > kMost / size) return std::nullopt;
  return count * size;
}

}  // namespace

std::string_view AttrTypeName(int32_t type) { return EntryOf(kAttrTypes, type); }
std::string_view VarTypeName(int32_t type) { return EntryOf(kVarTypes, type).name; }
std::string_view ScalarTypeName(int32_t type) { return EntryOf(kScalarTypes, type); }

std::optional<int32_t> FindPirElement(std::string_view word) {
  const DataTypeWords* words = FindRow(kDataTypeWords, &DataTypeWords::element, word);
  return words == nullptr ? std::nullopt : std::optional(words->number);
}

std::optional<int32_t> FindDataTypeWord(std::string_view word) {
  const DataTypeWords* words = FindRow(kDataTypeWords, &DataTypeWords::word, word);
  return words == nullptr ? std::nullopt : std::optional(words->number);
}

std::string_view DataTypeWord(int32_t data_type) {
  const DataTypeWords* words = FindRow(kDataTypeWords, &DataTypeWords::number, data_type);
  return words == nullptr ? std::string_view() : words->word;
}

std::optional<uint32_t> ElementSize(int32_t data_type) {
  const VarType type = EntryOf(kVarTypes, data_type);
  if (type.size == 0) return std::nullopt;
  return type.size;
}

std::string DataTypeName(int32_t data_type) {
  const VarType type = EntryOf(kVarTypes, data_type);
  return type.size == 0 ? "type " + std::to_string(data_type) : std::string(type.name);
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
