// Ops whose types of elements aren't those of their namesakes in a ProgramDesc.
#include <utility>

#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {

namespace {

void CastInputs(OpImport* op, OpDraft* draft, std::string_view slot) {
  std::vector<VarId>* inputs = draft->FindInput(slot);
  if (inputs == nullptr) return;
  for (VarId& input : *inputs) input = op->CastTo(input, proto::VarType::INT32, slot);
}

}  // namespace

void AdjustCast(OpImport* op, OpDraft* draft) {
  draft->Set(attributes::kInDtype, op->ElementOf(0));
  draft->Set(attributes::kOutDtype, op->ResultType(0).element);
}

// Paddle 2.6 computes a shape as int32.
void ImportShape64(OpImport* op) {
  op->FinishAttributes();
  if (!op->HasOperands(1) || !op->HasResults(1)) return;
  const VarId input = op->Tensor(0);
  if (op->draft().var(input).is_scalar) op->Refuse("import-lite", "reads the shape of a tensor without dimensions");
  const VarId narrow = op->Helper("int32", proto::VarType::INT32, op->ResultType(0).dims);
  const VarId wide = op->Define(0);
  if (op->is_refused()) return;
  OpDraft shape(op_types::kShape);
  shape.Input(slots::kInput, input);
  shape.Output(slots::kOut, narrow);
  shape.MakeRemovable();
  op->Add(std::move(shape));
  OpDraft cast(op_types::kCast, narrow, wide);
  cast.Set(attributes::kInDtype, int32_t{proto::VarType::INT32});
  cast.Set(attributes::kOutDtype, op->draft().var(wide).element);
  cast.MakeRemovable();
  op->Add(std::move(cast));
}

// range wants its bounds in the type of what it makes.
void AdjustArange(OpImport* op, OpDraft* draft) {
  const int32_t element = op->ResultType(0).element;
  for (const std::string_view slot : {slots::kStart, slots::kEnd, slots::kStepSlot}) {
    if (std::vector<VarId>* bound = draft->FindInput(slot)) (*bound)[0] = op->CastTo((*bound)[0], element, slot);
  }
}

// Paddle 2.6 takes sizes of images from int32 only,
void AdjustInterpolation(OpImport* op, OpDraft* draft) {
  CastInputs(op, draft, slots::kOutSize);
  CastInputs(op, draft, slots::kSizeTensor);
}

// and OpenVINO shapes, as Paddle wrote them before it had shapes of int64.
void AdjustShape(OpImport* op, OpDraft* draft) {
  for (const std::string_view slot : {slots::kShapeInput, slots::kShapeTensor, slots::kExpandShapes})
    CastInputs(op, draft, slot);
}

void AdjustOneHot(OpImport* op, OpDraft* draft) { draft->Set(attributes::kDtype, op->ResultType(0).element); }

// The second version of deformable_conv can't do without a mask; the first has none.
void AdjustDeformable(OpImport* /*op*/, OpDraft* draft) {
  if (draft->FindInput(slots::kMask) == nullptr) draft->SetType(op_types::kDeformableConvV1);
}

}  // namespace pdquant::pir
