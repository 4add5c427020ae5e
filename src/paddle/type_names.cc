#include "paddle/type_names.h"

#include <array>

namespace pdquant {
namespace {

constexpr std::array<std::string_view, 18> kAttrTypes = {
    "INT",  "FLOAT",  "STRING", "INTS",     "FLOATS", "STRINGS", "BOOLEAN", "BOOLEANS", "BLOCK",
    "LONG", "BLOCKS", "LONGS",  "FLOAT64S", "VAR",    "VARS",    "FLOAT64", "SCALAR",   "SCALARS"};

constexpr std::array<std::string_view, 32> kVarTypes = {"BOOL",
                                                        "INT16",
                                                        "INT32",
                                                        "INT64",
                                                        "FP16",
                                                        "FP32",
                                                        "FP64",
                                                        "LOD_TENSOR",
                                                        "SELECTED_ROWS",
                                                        "FEED_MINIBATCH",
                                                        "FETCH_LIST",
                                                        "STEP_SCOPES",
                                                        "LOD_RANK_TABLE",
                                                        "LOD_TENSOR_ARRAY",
                                                        "PLACE_LIST",
                                                        "READER",
                                                        "",
                                                        "RAW",
                                                        "TUPLE",
                                                        "SIZE_T",
                                                        "UINT8",
                                                        "INT8",
                                                        "BF16",
                                                        "COMPLEX64",
                                                        "COMPLEX128",
                                                        "STRING",
                                                        "STRINGS",
                                                        "VOCAB",
                                                        "FEED_LIST",
                                                        "PSTRING",
                                                        "SPARSE_COO",
                                                        "SPARSE_CSR"};

template <size_t kSize>
std::string_view NameIn(const std::array<std::string_view, kSize>& names, int32_t number) {
  return number >= 0 && static_cast<size_t>(number) < kSize ? names[static_cast<size_t>(number)] : std::string_view();
}

}  // namespace

std::string_view AttrTypeName(int32_t type) { return NameIn(kAttrTypes, type); }
std::string_view VarTypeName(int32_t type) { return NameIn(kVarTypes, type); }

}  // namespace pdquant
