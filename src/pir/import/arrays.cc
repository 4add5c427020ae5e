// Arrays of tensors. They are variables that ops write to in place, from inside a loop as well.
#include <utility>

#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {

// A variable; no op makes it.
void ImportCreateArray(OpImport* op) {
  // Where the array is filled later, the attribute doesn't say of what.
  const auto element = op->TakeDataType(attributes::kDtype, op->result_count() == 1 ? op->ResultType(0).element : -1);
  op->FinishAttributes();
  if (!op->HasOperands(0) || !op->HasResults(1) || op->is_refused()) return;
  const Type& type = op->ResultType(0);
  if (type.kind != Type::Kind::kArray || type.element != *element || type.element < 0)
    return op->Refuse("import-type", "the type of the result is not the one that the attributes say");
  const VarId var = op->Helper("array", type.element, type.dims);
  op->draft().var(var).kind = proto::VarType::LOD_TENSOR_ARRAY;
  op->Alias(0, var);
}

// The result is the array itself.
void ImportArrayWrite(OpImport* op) {
  op->FinishAttributes();
  if (!op->HasOperands(3) || op->result_count() > 1) return;
  const VarId array = op->Array(0);
  const VarId value = op->Tensor(1);
  const VarId index = op->Tensor(2);
  if (op->is_refused()) return;
  OpDraft write(op_types::kArrayWrite, value, array);
  write.Input(slots::kIndex, index);
  op->Add(std::move(write));
  if (op->result_count() == 1) op->Alias(0, array);
}

void ImportArrayRead(OpImport* op) {
  op->FinishAttributes();
  if (!op->HasOperands(2) || !op->HasResults(1)) return;
  const VarId array = op->Array(0);
  const VarId index = op->Tensor(1);
  const VarId made = op->Define(0);
  if (op->is_refused()) return;
  OpDraft read(op_types::kArrayRead, array, made);
  read.Input(slots::kIndex, index);
  op->Add(std::move(read));
}

void ImportArrayLength(OpImport* op) {
  op->FinishAttributes();
  if (!op->HasOperands(1) || !op->HasResults(1)) return;
  const VarId array = op->Array(0);
  const VarId made = op->Define(0);
  if (op->is_refused()) return;
  op->Add(OpDraft(op_types::kArrayLength, array, made));
}

void ImportArrayToTensor(OpImport* op) {
  const auto axis = op->TakeInteger(attributes::kAxis);
  const auto stacks = op->TakeBool(attributes::kUseStack);
  op->FinishAttributes();
  if (!op->HasOperands(1) || !op->HasResults(2)) return;
  const VarId array = op->Array(0);
  const VarId made = op->Define(0);
  const VarId index = op->Define(1);
  if (axis && *axis != static_cast<int32_t>(*axis)) op->Refuse("import-attribute", "the attribute 'axis' is no axis");
  if (op->is_refused()) return;
  OpDraft draft(op_types::kArrayToTensor, array, made);
  draft.Output(slots::kOutIndex, index);
  draft.Set(attributes::kAxis, static_cast<int32_t>(*axis));
  draft.Set(attributes::kUseStack, *stacks);
  op->Add(std::move(draft));
}

}  // namespace pdquant::pir
