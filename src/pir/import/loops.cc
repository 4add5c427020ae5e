// while. Its values are variables of the block around it, which the body writes at its end. PIR hands over all of them
// at once, so that they are copied twice: a swap is legal.
//   c' = assign(c);  v' = assign(init) …
//   while(c'): … ; n = assign(next) … ; c' = assign(n_c);  v' = assign(n) …
#include <unordered_set>
#include <utility>
#include <vector>

#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {
namespace {

using proto::VarType;

void AddAssign(OpImport* op, uint32_t block, VarId from, VarId to) {
  op->draft().AddOp(block, OpDraft(op_types::kAssign, from, to));
}

// The variables of a loop, with their first values: the condition, then the others.
std::vector<VarId> MakeVariables(OpImport* op, const Block& body) {
  std::vector<VarId> variables;
  for (size_t i = 0; i < op->operand_count(); ++i) {
    const VarId first = op->Tensor(i);
    if (first == kLostVar) return {};
    const Type& type =
        i == 0 ? op->program().TypeOf(op->program().OperandsOf(op->op())[0].value) : op->ResultType(i - 1);
    const ValueId argument = body.arguments.begin + static_cast<uint32_t>(i) - 1;
    if (!type.is_tensor() || type.element != op->draft().var(first).element ||
        (i != 0 && op->program().TypeOf(argument).element != type.element)) {
      op->Refuse("import-type", "operand " + std::to_string(i) + ", its argument and its result have different types");
      return {};
    }
    const VarId variable = op->HelperLike(i == 0 ? "cond" : "loop", type);
    AddAssign(op, op->block(), first, variable);
    variables.push_back(variable);
  }
  return variables;
}

void AddNextValues(OpImport* op, OpId yield_op, uint32_t inside, const std::vector<VarId>& variables) {
  OpImport yield(&op->context(), yield_op, inside, nullptr);
  std::vector<VarId> next;
  for (size_t i = 0; i < variables.size(); ++i) {
    const VarId value = yield.Tensor(i);
    if (value == kLostVar)
      return op->Refuse("import-operand",
                        "value " + std::to_string(i) + " of its yield is no tensor that could be handed over");
    const DraftVar& variable = op->draft().var(variables[i]);
    if (op->draft().var(value).element != variable.element)
      return op->Refuse("import-type", "value " + std::to_string(i) + " of its yield has another type of elements");
    DraftVar copy = op->draft().var(value);
    copy.name = variable.name + ".next";
    copy.block = inside;
    copy.is_persistable = copy.is_parameter = copy.is_input = false;
    next.push_back(op->draft().AddVar(std::move(copy)));
    AddAssign(op, inside, value, next.back());
  }
  for (size_t i = 0; i < next.size(); ++i) AddAssign(op, inside, next[i], variables[i]);
}

}  // namespace

void ImportWhile(OpImport* op, Blocks* blocks) {
  op->FinishAttributes();
  const Program& program = op->program();
  const BlockId body = program.regions[program.RegionsOf(op->op())[0]].blocks[0];
  const std::vector<VarId> variables = MakeVariables(op, program.blocks[body]);
  for (size_t i = 1; i < op->operand_count(); ++i) {
    ValueState& argument = op->context().states[program.blocks[body].arguments.begin + i - 1];
    argument.kind = variables.empty() ? ValueState::Kind::kLost : ValueState::Kind::kVar;
    argument.var = variables.empty() ? kLostVar : variables[i];
    if (!variables.empty()) op->Alias(i - 1, variables[i]);
  }
  const uint32_t inside = op->draft().AddBlock(op->block());
  blocks->Import(body, inside);
  if (variables.empty()) return op->Refuse("import-operand", "its first values are none that could be copied");
  if (op->draft().var(variables[0]).element != VarType::BOOL) op->Refuse("import-type", "its condition is no bool");
  AddNextValues(op, program.LastOp(program.blocks[body]), inside, variables);
  if (op->is_refused()) return;
  OpDraft loop(op_types::kWhile);
  // A variable that the body only writes is read where the body doesn't run; Paddle2ONNX wants it among the inputs.
  std::vector<VarId> read = op->draft().ReadFromOutside(inside);
  std::unordered_set<VarId> known(read.begin(), read.end());
  for (size_t i = 1; i < variables.size(); ++i) {
    if (known.insert(variables[i]).second) read.push_back(variables[i]);
  }
  loop.Inputs(slots::kX, std::move(read));
  loop.Input(slots::kCondition, variables[0]);
  loop.Outputs(slots::kOut, op->draft().WrittenOutside(inside));
  const VarId scopes = op->Helper("scopes", -1, {});
  op->draft().var(scopes).kind = VarType::STEP_SCOPES;
  loop.Output(slots::kStepScopes, scopes);
  loop.Set(attributes::kSubBlock, BlockValue{static_cast<int32_t>(inside)});
  loop.Set(attributes::kIsTest, true);
  op->Add(std::move(loop));
}

}  // namespace pdquant::pir
