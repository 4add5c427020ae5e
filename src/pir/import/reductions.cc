// Reductions, and einsum.
#include <utility>

#include "paddle/import/import_names.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {
namespace {

// The axes, from the operand or the attribute; nothing where they aren't known.
std::optional<Numbers> AxesOf(const OpImport& op) {
  if (op.row().operands.size() > 1) return ConstantNumbers(op, 1);
  const Attr* attr = op.FindAttr(attributes::kAxis);
  return attr == nullptr ? std::nullopt : NumbersOf(op.program(), *attr);
}

}  // namespace

// No axis means all of them, which a ProgramDesc says with reduce_all. A sum of narrow integers or bools is of another
// type than they are.
void AdjustReduce(OpImport* op, OpDraft* draft) {
  const bool is_logsumexp = draft->Has(attributes::kAxis);
  const std::string_view name = is_logsumexp ? attributes::kAxis : attributes::kDim;
  const auto axes = AxesOf(*op);
  if (!axes || axes->is_float) return op->Refuse("import-operand", "its axes have to be constants, and are computed");
  const Attr* attr = op->FindAttr(attributes::kReduceAll);
  draft->Set(attributes::kReduceAll, axes->size() == 0 || (attr != nullptr && attr->integer != 0));
  if (axes->size() == 0) {
    const bool is_wide = !is_logsumexp && op->row().operands.size() == 1;
    // Those with wide axes go by them alone, whatever reduce_all says.
    constexpr int32_t kNarrow[] = {0};
    is_wide ? draft->Set(name, std::span<const int64_t>()) : draft->Set(name, std::span<const int32_t>(kNarrow));
  }
  if (is_logsumexp || op->State(0).kind != ValueState::Kind::kVar) return;
  const int32_t from = op->ElementOf(0);
  const int32_t to = op->ResultType(0).element;
  const bool is_sum = op->row().name == "sum" || op->row().name == "prod";
  if (!is_sum || from == to) return;
  draft->Set(attributes::kInDtype, from);
  draft->Set(attributes::kOutDtype, to);
}

// Paddle's einsum keeps two values for the gradient of each operand.
void AdjustEinsum(OpImport* op, OpDraft* draft) {
  const std::vector<VarId>* operands = draft->FindInput(slots::kOperands);
  if (operands == nullptr) return;
  const size_t count = operands->size();
  for (const std::string_view slot : {slots::kInnerCache, slots::kXShape}) {
    std::vector<VarId> kept;
    for (size_t i = 0; i < count; ++i) kept.push_back(op->HelperLike(slot, op->ResultType(0)));
    if (std::vector<VarId>* made = draft->FindOutput(slot)) {
      *made = std::move(kept);
    } else {
      draft->Outputs(slot, std::move(kept));
    }
  }
}

}  // namespace pdquant::pir
