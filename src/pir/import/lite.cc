// What Paddle-Lite, and Paddle up to 2.4, can't take: tensors without dimensions. Each becomes a tensor of one
// dimension of 1, as it was in those:
//   y[] = op(x[2,3])        ->  t = op(x);  y[1] = reshape2(t)
//   y[] = a[] + b[]         ->  y[1] = a[1] + b[1]
//   y[2] = stack(a[], b[])  ->  y[2] = concat(a[1], b[1])
//   y[1,1] = unsqueeze(a[]) ->  y[1,1] = reshape2(a[1])
// Paddle 2.6 and 3 run what comes of it, too. Other ops that read one are refused, and one that is an input, an output
// or a parameter: it would have another shape.
#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "paddle/import/import_names.h"
#include "paddle/tensor_ops.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kCode = "import-lite";

bool IsScalar(const OpImport& op, VarId var) { return op.context().draft.var(var).is_scalar; }

bool AnyScalar(const OpImport& op, const std::vector<VarId>& vars) {
  return std::any_of(vars.begin(), vars.end(), [&](VarId var) { return IsScalar(op, var); });
}

// The operands that are data; not those that stand for attributes, which are of one element as well.
std::vector<VarId> DataOperands(const OpImport& op, OpDraft* draft) {
  std::vector<VarId> found;
  for (const PirOperand& operand : op.row().operands) {
    if (operand.kind != PirOperand::Kind::kTensor && operand.kind != PirOperand::Kind::kList) continue;
    if (const std::vector<VarId>* vars = draft->FindInput(operand.slot))
      found.insert(found.end(), vars->begin(), vars->end());
  }
  return found;
}

// stack(a[], b[]) and unsqueeze(a[]); false for what is neither.
bool AddOfScalars(OpImport* op, OpDraft* draft, const std::vector<VarId>& operands) {
  const std::vector<VarId>* made = draft->FindOutput(op->row().results[0].slot);
  if (made == nullptr || made->size() != 1) return false;
  if (op->row().legacy == op_types::kStack) {
    if (!std::all_of(operands.begin(), operands.end(), [&](VarId var) { return IsScalar(*op, var); })) return false;
    OpDraft concat(op_types::kConcat);
    concat.Inputs(slots::kX, operands);
    concat.Output(slots::kOut, (*made)[0]);
    concat.Set(attributes::kAxis, int32_t{0});
    op->Add(std::move(concat));
    return true;
  }
  if (op->row().legacy != op_types::kUnsqueeze2) return false;
  op->AddReshapeToOnes(operands[0], (*made)[0]);
  return true;
}

}  // namespace

void AddWithScalars(OpImport* op, OpDraft draft) {
  if (op->context().options.target != ImportTarget::kLite || op->row().results.empty())
    return op->Add(std::move(draft));
  const std::vector<VarId> operands = DataOperands(*op, &draft);
  if (AnyScalar(*op, operands)) {
    if (AddOfScalars(op, &draft, operands)) return;
    if (!ComputesByElement(op->row().legacy) && !TakesOneElement(op->row().legacy)) {
      return op->Refuse(kCode,
                        "reads a tensor without dimensions, which Paddle-Lite hasn't: it would compute another shape");
    }
    return op->Add(std::move(draft));
  }
  std::vector<std::pair<VarId, VarId>> reshaped;
  for (size_t i = 0; i < op->result_count(); ++i) {
    const ValueState& state = op->ResultState(i);
    // Some results that nobody reads aren't made at all.
    if (state.kind != ValueState::Kind::kVar || !IsScalar(*op, state.var) || !op->IsRead(i)) continue;
    const VarId before = op->Helper("scalar", op->draft().var(state.var).element, {1});
    draft.ReplaceOutput(state.var, before);
    reshaped.emplace_back(before, state.var);
  }
  op->Add(std::move(draft));
  for (const auto& [before, var] : reshaped) op->AddReshapeToOnes(before, var);
}

void CheckForLite(Context* context) {
  const std::vector<bool> used = context->draft.UsedVars();
  const auto refuse = [&](const DraftVar& var) {
    context->reasons->Add(kNone, kCode,
                          "the tensor " + Quote(var.name) +
                              " has no dimensions, as tensors of Paddle 2.5 and later may; Paddle-Lite has none of "
                              "that kind");
  };
  for (VarId i = 1; i < used.size(); ++i) {
    const DraftVar& var = context->draft.var(i);
    if (used[i] && var.kind == proto::VarType::LOD_TENSOR && var.dims.empty()) refuse(var);
  }
  for (const Context::Output& output : context->outputs) {
    const DraftVar& var = context->draft.var(output.var);
    if (var.is_scalar) refuse(var);
  }
}

}  // namespace pdquant::pir
