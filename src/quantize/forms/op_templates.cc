#include "quantize/forms/op_templates.h"

#include <algorithm>
#include <span>

#include "paddle/import/import_names.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantization_ops.h"
#include "quantize/forms/form.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// Calls add(slot, argument) for each slot that the op has.
template <typename F>
void ForEachSlot(std::span<const ScaleSlot> slots, const FormValue& value, bool for_test, F&& add) {
  for (const ScaleSlot& slot : slots) {
    if (for_test && slot.training_only) continue;
    if (slot.variable == kSourceValue) {
      add(slot.slot, value.source);
    } else if (slot.variable == kQuantizedValue) {
      add(slot.slot, value.names.quantized);
    } else if (slot.variable == kRoundedValue) {
      add(slot.slot, value.names.dequantized);
    } else {
      const ScaleKind& kind = *value.scale_kind;
      const auto position = static_cast<size_t>(slot.variable == kTheScale ? kind.scale : slot.variable);
      if (for_test && kind.variables[position].training_only) continue;
      add(slot.slot, value.scale_variables[position]);
    }
  }
}

double SettingOf(const ScaleAttribute& attribute, const FormValue& value, const TranspileOptions& options) {
  switch (attribute.setting) {
    case ScaleSetting::kBits:
      return value.bits;
    case ScaleSetting::kMaxInteger:
      return MaxInteger(value.bits);
    case ScaleSetting::kAxis:
      return value.axis;
    case ScaleSetting::kIsTest:
      return options.for_test ? 1 : 0;
    case ScaleSetting::kWindowSize:
      return options.window_size;
    case ScaleSetting::kMovingRate:
      return static_cast<double>(options.moving_rate);
    case ScaleSetting::kConstant:
      break;
  }
  return attribute.constant;
}

void AddAttribute(const ScaleAttribute& attribute, double value, OpBuilder* op) {
  switch (attribute.type) {
    case proto::BOOLEAN:
      return op->Bool(attribute.name, value != 0);
    case proto::INT:
      return op->Int(attribute.name, static_cast<int32_t>(value));
    case proto::INTS: {
      const auto number = static_cast<int32_t>(value);
      return op->Attribute(attribute.name, std::span(&number, 1));
    }
    default:
      return op->Float(attribute.name, static_cast<float>(value));
  }
}

// Paddle 3 goes by these, and takes those of 8 bits where they are missing; Paddle 2 goes by the bits.
void AddIntegerRange(int32_t bits, OpBuilder* op) {
  op->Int(attributes::kQmin, -MaxInteger(bits) - 1);
  op->Int(attributes::kQmax, MaxInteger(bits));
}

}  // namespace

ServedOp Serving(const Index& index, OpId op) {
  const auto device = index.program().op(op).attr(attributes::kOpDevice);
  return {std::max(index.op(op).role, kRoleForward), device ? device->AsString().value_or("") : std::string_view()};
}

void AddCommonAttrs(const ServedOp& served, OpBuilder* op) {
  op->String(attributes::kOpDevice, served.device);
  op->Attribute(attributes::kOpRoleVar, std::span<const std::string>());
  op->Attribute(attributes::kOpCallStack, std::span<const std::string>());
  op->String(attributes::kOpNamescope, "/");
  op->Int(attributes::kOpRole, served.role);
}

void BuildScaleOp(const ScaleOp& scale_op, const FormValue& value, const TranspileOptions& options,
                  const ServedOp& served, OpBuilder* op) {
  op->Clear();
  ForEachSlot(scale_op.inputs, value, options.for_test,
              [&](std::string_view slot, std::string_view argument) { op->Input(slot, argument); });
  ForEachSlot(scale_op.outputs, value, options.for_test,
              [&](std::string_view slot, std::string_view argument) { op->Output(slot, argument); });
  op->Type(scale_op.type);
  AddCommonAttrs({scale_op.role == kServedRole ? served.role : scale_op.role, served.device}, op);
  for (const ScaleAttribute& attribute : scale_op.attributes)
    AddAttribute(attribute, SettingOf(attribute, value, options), op);
  const QuantizationOp* kind = FindQuantizationOp(scale_op.type);
  if (kind != nullptr && kind->linear() && value.bits < kLinearBits) AddIntegerRange(value.bits, op);
}

void BuildFillConstant(std::string_view variable, int32_t data_type, int64_t size, float value, OpBuilder* op) {
  op->Clear();
  op->Output(slots::kOut, variable);
  op->Type(op_types::kFillConstant);
  AddCommonAttrs({}, op);
  op->Bool(attributes::kForceCpu, data_type == proto::VarType::INT64);
  op->String(attributes::kStrValue, "");
  op->Float(attributes::kValue, value);
  op->Attribute(attributes::kShape, std::span<const int64_t>(&size, 1));
  op->Int(attributes::kDtype, data_type);
}

void BuildDequantize(std::string_view x, std::string_view scale, std::string_view out, float max_range,
                     const ServedOp& served, OpBuilder* op) {
  op->Clear();
  op->Input(slots::kScale, scale);
  op->Input(slots::kX, x);
  op->Output(slots::kOut, out);
  op->Type(op_types::kDequantizeMaxAbs);
  AddCommonAttrs(served, op);
  op->Float(attributes::kMaxRange, max_range);
}

void BuildDequantizeProduct(std::string_view x, const std::array<std::string, 2>& scales, std::string_view out,
                            std::span<const int32_t> bits, int32_t axis, int32_t weight_axis, const ServedOp& served,
                            OpBuilder* op) {
  op->Clear();
  const std::array<std::string_view, 2> names = {scales[0], scales[1]};
  op->Inputs(slots::kScales, std::span(names).first(scales[1].empty() ? 1 : 2));
  op->Input(slots::kX, x);
  op->Output(slots::kOut, out);
  op->Type(op_types::kDequantizeChannels);
  AddCommonAttrs(served, op);
  // One scale lies along quant_axis; of two, the first lies along x_num_col_dims, whatever quant_axis says.
  op->Int(attributes::kQuantAxis, scales[1].empty() ? axis : weight_axis);
  op->Attribute(attributes::kQuantBits, bits);
  op->Int(attributes::kColDims, axis);
}

}  // namespace pdquant
