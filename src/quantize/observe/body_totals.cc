#include "quantize/observe/body_totals.h"

#include "ir/edit/builder.h"
#include "ir/edit/op_edits.h"
#include "quantize/forms/op_templates.h"

namespace pdquant {

void BodyTotals::Begin(uint32_t block, const std::string& total, int64_t size, const Kind& kind) {
  OpId outermost = kNoOp;
  for (uint32_t body = block; body != 0; body = flow_.body(body).outer) {
    outermost = flow_.body(body).runner;
    Lists& lists = lists_[outermost];
    lists.inputs.push_back(total);
    lists.outputs.push_back(total);
  }
  OpBuilder fill;
  BuildFillConstant(total, proto::VarType::FP32, size, kind.start, &fill);
  edits_.InsertOpBefore(outermost, fill.message());
}

void BodyTotals::Read(uint32_t block, const std::string& parameter) {
  for (uint32_t body = block; body != 0; body = flow_.body(body).outer) {
    if (!read_.emplace(body, parameter).second) return;  // then those around it have it, too
    lists_[flow_.body(body).runner].inputs.push_back(parameter);
  }
}

void BodyTotals::Queue() {
  for (const auto& [op, lists] : lists_) {
    const ControlOp& control = *FindControlOp(index_.type(op));
    const OpView view = index_.program().op(op);
    std::vector<Edits::FieldEdit> edits;
    AppendInputs(view, control.inputs, lists.inputs, &edits);
    if (!control.outputs.empty() && !lists.outputs.empty()) AppendOutputs(view, control.outputs, lists.outputs, &edits);
    edits_.EditOp(op, edits);
  }
}

}  // namespace pdquant
