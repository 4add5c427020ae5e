#include "paddle/quantization_ops.h"

#include <algorithm>
#include <array>

#include "base/find_row.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

using Form = QuantizationForm;
using Role = QuantizationRole;
using attributes::kBitLength;
using attributes::kQuantBits;
using slots::kInScale;
using slots::kOut;
using slots::kOutScale;
using slots::kScale;
using slots::kScales;
using slots::kX;
using slots::kY;

constexpr std::array<QuantizationOp, 14> kQuantizationOps = {{
    {op_types::kQuantizeAbsMax, Role::kQuantize, Form::kLegacy, false, kX, kOut, "", kOutScale, kBitLength},
    {op_types::kQuantizeRange, Role::kQuantize, Form::kLegacy, false, kX, kOut, kInScale, kOutScale, kBitLength},
    {op_types::kQuantizeMovingAverage, Role::kQuantize, Form::kLegacy, false, kX, kOut, kInScale, kOutScale,
     kBitLength},
    {op_types::kQuantizeChannels, Role::kQuantize, Form::kLegacy, true, kX, kOut, "", kOutScale, kBitLength},
    {op_types::kDequantizeMaxAbs, Role::kDequantize, Form::kLegacy, false, kX, kOut, kScale, "", ""},
    {op_types::kDequantizeChannels, Role::kDequantize, Form::kLegacy, true, kX, kOut, kScales, "", kQuantBits},
    {op_types::kRoundAbsMax, Role::kRound, Form::kFused, false, kX, kOut, "", kOutScale, kBitLength},
    {op_types::kRoundMovingAverage, Role::kRound, Form::kFused, false, kX, kOut, kInScale, kOutScale, kBitLength},
    {op_types::kRoundChannels, Role::kRound, Form::kFused, true, kX, kOut, "", kOutScale, kBitLength},
    {op_types::kQuantizeLinear, Role::kQuantize, Form::kLinear, false, kX, kY, kScale, kOutScale, kBitLength},
    {op_types::kDequantizeLinear, Role::kDequantize, Form::kLinear, false, kX, kY, kScale, "", kBitLength},
    {op_types::kObserveMovingAverage, Role::kObserve, Form::kFused, false, kX, kOut, "", kOutScale, ""},
    {"quantize", Role::kQuantize, Form::kAmbiguous, false, kX, kOut, kInScale, kOutScale, kBitLength},
    {"dequantize", Role::kDequantize, Form::kAmbiguous, false, kX, kOut, kScale, "", ""},
}};

bool IsKnown(const QuantizationOp& op) { return op.form != Form::kAmbiguous && op.role != Role::kObserve; }

const QuantizationOp* Find(std::string_view type) { return FindRow(kQuantizationOps, &QuantizationOp::type, type); }

}  // namespace

std::span<const QuantizationOp> QuantizationOps() { return kQuantizationOps; }

const QuantizationOp* FindQuantizationOp(std::string_view type) {
  const QuantizationOp* op = Find(type);
  return op != nullptr && IsKnown(*op) ? op : nullptr;
}

const QuantizationOp* FindMobileOp(const Index& index, OpId op) {
  const QuantizationOp* row = Find(index.type(op));
  const bool is_mobile = row != nullptr && row->form == Form::kAmbiguous && index.Input(op, row->operand) != kNoName &&
                         index.Output(op, row->output) != kNoName;
  return is_mobile ? row : nullptr;
}

const QuantizationOp* FindObserver(std::string_view type) {
  return type == op_types::kObserveMovingAverage ? Find(type) : nullptr;
}

bool HasAmbiguousOps(const Index& index) {
  return std::any_of(kQuantizationOps.begin(), kQuantizationOps.end(), [&](const QuantizationOp& op) {
    return op.form == Form::kAmbiguous && index.names().Find(op.type) != kNoName;
  });
}

bool IsQuantizationOp(std::string_view type) {
  const QuantizationOp* op = Find(type);
  return op != nullptr && op->role != Role::kObserve;
}

bool HasQuantizationOps(const Index& index) {
  return std::any_of(kQuantizationOps.begin(), kQuantizationOps.end(),
                     [&](const QuantizationOp& op) { return IsKnown(op) && index.names().Find(op.type) != kNoName; });
}

}  // namespace pdquant
