// if, as a pair of conditional blocks of which one runs:
//   not = logical_not(c);  conditional_block(c): then' = …;  conditional_block(not): else' = …
//   result = select_input(c as int32; else', then')
#include <utility>

#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {
namespace {

using proto::VarType;

// What a branch hands over: copies in the block around it.
std::vector<VarId> ImportBranch(OpImport* op, Blocks* blocks, BlockId branch, VarId condition, const char* what) {
  const Program& program = op->program();
  const uint32_t inside = op->draft().AddBlock(op->block());
  blocks->Import(branch, inside);
  OpImport yield(&op->context(), program.LastOp(program.blocks[branch]), inside, nullptr);
  std::vector<VarId> handed;
  for (size_t i = 0; i < op->result_count() && i < yield.operand_count(); ++i) {
    const Type& type = op->ResultType(i);
    const VarId value = yield.Tensor(i);
    if (value == kLostVar || !type.is_tensor()) {
      op->Refuse("import-type", "result " + std::to_string(i) + " of a branch is no tensor that could be handed over");
      return {};
    }
    if (op->draft().var(value).element != type.element) {
      op->Refuse("import-type", "result " + std::to_string(i) + " has another type of elements in a branch");
      return {};
    }
    const VarId copy = op->HelperLike(what, type);
    op->draft().AddOp(inside, OpDraft(op_types::kAssign, value, copy));
    handed.push_back(copy);
  }
  OpDraft run(op_types::kConditionalBlock);
  run.Input(slots::kBranchCondition, condition);
  run.Inputs(slots::kInput, op->draft().ReadFromOutside(inside));
  run.Outputs(slots::kOut, op->draft().WrittenOutside(inside));
  const VarId scope = op->Helper("scope", -1, {});
  op->draft().var(scope).kind = VarType::STEP_SCOPES;
  run.Output(slots::kScope, scope);
  run.Set(attributes::kSubBlock, BlockValue{static_cast<int32_t>(inside)});
  run.Set(attributes::kScalarCondition, true);
  op->Add(std::move(run));
  return handed;
}

VarId Mask(OpImport* op, VarId condition) { return op->CastTo(condition, VarType::INT32, "mask"); }

void AddSelect(OpImport* op, size_t result, VarId mask, VarId otherwise, VarId then) {
  const VarId made = op->Define(result);
  if (op->is_refused()) return;
  OpDraft select(op_types::kSelectInput);
  select.Inputs(slots::kX, {otherwise, then});
  select.Input(slots::kMask, mask);
  select.Output(slots::kOut, made);
  op->Add(std::move(select));
}

}  // namespace

void ImportIf(OpImport* op, Blocks* blocks) {
  op->FinishAttributes();
  if (!op->HasOperands(1)) return;
  const VarId condition = op->Tensor(0);
  if (condition == kLostVar) return;
  if (op->draft().var(condition).element != VarType::BOOL) return op->Refuse("import-type", "its condition is no bool");
  const VarId inverse = op->HelperLike("not", op->program().TypeOf(op->program().OperandsOf(op->op())[0].value));
  op->Add(OpDraft(op_types::kLogicalNot, condition, inverse));
  const auto regions = op->program().RegionsOf(op->op());
  const auto block_of = [&](size_t region) { return op->program().regions[regions[region]].blocks[0]; };
  const std::vector<VarId> then = ImportBranch(op, blocks, block_of(0), condition, "then");
  const std::vector<VarId> otherwise = ImportBranch(op, blocks, block_of(1), inverse, "else");
  if (op->is_refused() || then.size() != op->result_count() || otherwise.size() != op->result_count()) return;
  if (op->result_count() == 0) return;
  const VarId mask = Mask(op, condition);
  for (size_t i = 0; i < op->result_count(); ++i) AddSelect(op, i, mask, otherwise[i], then[i]);
}

// What Paddle's translator of older programs leaves: mask, value for false, value for true.
void ImportSelect(OpImport* op) {
  op->FinishAttributes();
  if (!op->HasOperands(3) || !op->HasResults(1)) return;
  const VarId mask = op->Tensor(0);
  const VarId otherwise = op->Tensor(1);
  const VarId then = op->Tensor(2);
  if (!op->is_refused()) AddSelect(op, 0, mask, otherwise, then);
}

}  // namespace pdquant::pir
