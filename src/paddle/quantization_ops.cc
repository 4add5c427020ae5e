#include "paddle/quantization_ops.h"

#include <algorithm>
#include <array>

#include "paddle/op_table.h"

namespace pdquant {
namespace {

constexpr std::array<FakeOp, 11> kFakeOps = {{
    {kQuantizeAbsMax, FakeRole::kQuantize, false, false, "Out", "", "OutScale"},
    {kQuantizeRange, FakeRole::kQuantize, false, false, "Out", "InScale", "OutScale"},
    {kQuantizeMovingAverage, FakeRole::kQuantize, false, false, "Out", "InScale", "OutScale"},
    {"fake_channel_wise_quantize_abs_max", FakeRole::kQuantize, false, true, "Out", "", "OutScale"},
    {kDequantizeMaxAbs, FakeRole::kDequantize, false, false, "Out", "Scale", ""},
    {"fake_channel_wise_dequantize_max_abs", FakeRole::kDequantize, false, true, "Out", "Scales", ""},
    {"fake_quantize_dequantize_abs_max", FakeRole::kRound, false, false, "Out", "", "OutScale"},
    {"fake_quantize_dequantize_moving_average_abs_max", FakeRole::kRound, false, false, "Out", "InScale", "OutScale"},
    {"fake_channel_wise_quantize_dequantize_abs_max", FakeRole::kRound, false, true, "Out", "", "OutScale"},
    {"quantize_linear", FakeRole::kQuantize, true, false, "Y", "Scale", "OutScale"},
    {"dequantize_linear", FakeRole::kDequantize, true, false, "Y", "Scale", ""},
}};

}  // namespace

std::span<const FakeOp> FakeOps() { return kFakeOps; }

const FakeOp* FindFakeOp(std::string_view type) {
  const auto* found = std::find_if(kFakeOps.begin(), kFakeOps.end(), [&](const FakeOp& op) { return op.type == type; });
  return found == kFakeOps.end() ? nullptr : found;
}

bool HasFakeOps(const Index& index) {
  return std::any_of(kFakeOps.begin(), kFakeOps.end(),
                     [&](const FakeOp& op) { return index.names().Find(op.type) != kNoName; });
}

NameId SingleArgument(const Index& index, std::span<const Argument> arguments, std::string_view slot) {
  NameId found = kNoName;
  for (const Argument& argument : arguments) {
    if (index.name(argument.slot) != slot) continue;
    if (found != kNoName) return kNoName;
    found = argument.name;
  }
  return found;
}

}  // namespace pdquant
