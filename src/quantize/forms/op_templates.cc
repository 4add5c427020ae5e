#include "quantize/forms/op_templates.h"

#include <algorithm>

#include "paddle/op_role.h"
#include "paddle/op_table.h"

namespace pdquant {

ServedOp Serving(const Index& index, OpId op) {
  const auto device = index.program().op(op).attr("op_device");
  return {std::max(index.op(op).role, kRoleForward), device ? device->AsString().value_or("") : std::string_view()};
}

void AddCommonAttrs(const ServedOp& served, OpBuilder* op) {
  op->String("op_device", served.device);
  op->EmptyStrings(kOpRoleVar);
  op->EmptyStrings("op_callstack");
  op->String("op_namescope", "/");
  op->Int("op_role", served.role);
}

void BuildDequantize(std::string_view x, std::string_view scale, std::string_view out, float max_range,
                     const ServedOp& served, OpBuilder* op) {
  op->Clear();
  op->Input("Scale", scale);
  op->Input("X", x);
  op->Output("Out", out);
  op->Type(kDequantizeMaxAbs);
  AddCommonAttrs(served, op);
  op->Float("max_range", max_range);
}

}  // namespace pdquant
