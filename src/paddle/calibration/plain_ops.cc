#include "paddle/calibration/plain_ops.h"

#include <numeric>
#include <vector>

#include "paddle/op_role.h"

namespace pdquant {
namespace {

// An op X -> Out, or X, Y -> Out; `y` is empty for none.
void Start(std::string_view type, std::string_view x, std::string_view y, std::string_view out, OpBuilder* op) {
  op->Clear();
  op->Input(slots::kX, x);
  if (!y.empty()) op->Input(slots::kY, y);
  op->Output(slots::kOut, out);
  op->Type(type);
}

void Finish(OpBuilder* op) { op->Int(attributes::kOpRole, kRoleForward); }

}  // namespace

void BuildReduceAll(std::string_view type, std::string_view x, size_t rank, std::string_view out, OpBuilder* op) {
  std::vector<int32_t> dims(rank == 0 ? 1 : rank);
  std::iota(dims.begin(), dims.end(), 0);
  Start(type, x, "", out, op);
  op->Attribute("dim", std::span<const int32_t>(dims));
  op->Bool("reduce_all", true);
  op->Bool("keep_dim", true);
  op->Int(attributes::kInDtype, -1);
  op->Int(attributes::kOutDtype, -1);
  Finish(op);
}

void BuildReshape(std::string_view x, std::span<const int32_t> shape, std::string_view out, std::string_view x_shape,
                  OpBuilder* op) {
  op->Clear();
  op->Input(slots::kX, x);
  op->Output(slots::kOut, out);
  op->Output(slots::kXShape, x_shape);
  op->Type(op_types::kReshape2);
  op->Attribute(attributes::kShape, shape);
  Finish(op);
}

void BuildUnary(std::string_view type, std::string_view x, std::string_view out, OpBuilder* op) {
  Start(type, x, "", out, op);
  Finish(op);
}

void BuildElementwise(std::string_view type, std::string_view x, std::string_view y, std::string_view out,
                      OpBuilder* op) {
  Start(type, x, y, out, op);
  op->Int("axis", -1);
  Finish(op);
}

void BuildScale(std::string_view x, float factor, float bias, std::string_view out, OpBuilder* op) {
  Start(op_types::kScale, x, "", out, op);
  op->Float(attributes::kScaleFactor, factor);
  op->Float("bias", bias);
  op->Bool("bias_after_scale", true);
  Finish(op);
}

void BuildClip(std::string_view x, float min, float max, std::string_view out, OpBuilder* op) {
  Start("clip", x, "", out, op);
  op->Float(attributes::kMin, min);
  op->Float(attributes::kMax, max);
  Finish(op);
}

void BuildTransposedProduct(std::string_view x, std::string_view y, std::string_view out, OpBuilder* op) {
  Start("matmul", x, y, out, op);
  op->Bool("transpose_X", true);
  op->Bool("transpose_Y", false);
  op->Float("alpha", 1.0F);
  Finish(op);
}

void BuildHistogram(std::string_view x, int64_t bins, std::string_view out, OpBuilder* op) {
  Start(op_types::kHistogram, x, "", out, op);
  op->Attribute("bins", bins);
  op->Int(attributes::kMin, 0);
  op->Int(attributes::kMax, static_cast<int32_t>(bins));
  Finish(op);
}

void BuildCast(std::string_view x, int32_t from, int32_t to, std::string_view out, OpBuilder* op) {
  Start(op_types::kCast, x, "", out, op);
  op->Int(attributes::kInDtype, from);
  op->Int(attributes::kOutDtype, to);
  Finish(op);
}

void BuildConcat(std::span<const std::string_view> parts, std::string_view out, OpBuilder* op) {
  op->Clear();
  op->Inputs(slots::kX, parts);
  op->Output(slots::kOut, out);
  op->Type(op_types::kConcat);
  op->Int("axis", 0);
  Finish(op);
}

void BuildFetch(std::string_view type, std::string_view x, std::string_view list, int32_t column, OpBuilder* op) {
  Start(type, x, "", list, op);
  op->Int(attributes::kColumn, column);
  Finish(op);
}

}  // namespace pdquant
