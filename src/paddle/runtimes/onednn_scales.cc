#include "paddle/runtimes/onednn_scales.h"

#include <algorithm>
#include <array>

#include "paddle/names.h"

namespace pdquant {
namespace {

constexpr std::array<std::string_view, 5> kSameRange = {"reshape2", "transpose2", "pool2d", "nearest_interp",
                                                        "nearest_interp_v2"};
constexpr std::array<std::string_view, 3> kOtherRange = {"slice", "split", "scale"};

template <size_t kCount>
bool Contains(const std::array<std::string_view, kCount>& types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace

bool IsAveragePool(const Index& index, OpId op) {
  if (index.type(op) != "pool2d") return false;
  const auto kind = index.program().op(op).attr("pooling_type");
  return kind && kind->AsString() == "avg";
}

bool HandsScaleOn(const Index& index, OpId op) {
  return Contains(kSameRange, index.type(op)) || Contains(kOtherRange, index.type(op));
}

bool ChangesRange(const Index& index, OpId op) {
  return Contains(kOtherRange, index.type(op)) || IsAveragePool(index, op);
}

std::string_view SlotOfCarried(std::string_view type) { return type == "slice" ? slots::kInput : slots::kX; }
bool OverwritesScales(std::string_view type) { return type == "concat"; }
bool WritesUnsigned(std::string_view type) { return type == "relu" || type == "relu6"; }

}  // namespace pdquant
