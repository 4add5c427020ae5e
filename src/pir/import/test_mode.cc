// Ops that act differently in training, and those of quantization.
#include <utility>

#include "paddle/import/import_names.h"
#include "paddle/quantization_limits.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kCode = "import-training";

bool IsTrue(const OpImport& op, std::string_view name) {
  const Attr* attr = op.FindAttr(name);
  return attr != nullptr && attr->kind == Attr::Kind::kBool && attr->integer != 0;
}

std::optional<int64_t> IntegerOf(const OpImport& op, std::string_view name) {
  const Attr* attr = op.FindAttr(name);
  if (attr == nullptr || (attr->kind != Attr::Kind::kInt32 && attr->kind != Attr::Kind::kInt64)) return std::nullopt;
  return attr->integer;
}

}  // namespace

// The statistics are written to where they were read.
void AdjustBatchNorm(OpImport* op, OpDraft* draft) {
  const bool uses_statistics = (IsTrue(*op, attributes::kIsTest) && !IsTrue(*op, attributes::kTrainableStatistics)) ||
                               IsTrue(*op, attributes::kUseGlobalStats);
  if (!uses_statistics) return op->Refuse(kCode, "is in training mode: it computes statistics of its batch");
  size_t operand = 1;
  for (const std::string_view slot : {slots::kMeanOut, slots::kVarianceOut}) {
    std::vector<VarId>* written = draft->FindOutput(slot);
    const ValueState& read = op->State(operand);
    if (written != nullptr && read.kind == ValueState::Kind::kVar) {
      *written = {read.var};
      op->Alias(operand, read.var);
    }
    ++operand;
  }
}

void AdjustTestMode(OpImport* op, OpDraft* /*draft*/) {
  if (!IsTrue(*op, attributes::kIsTest)) op->Refuse(kCode, "is in training mode: it drops values by chance");
}

// The kernels of a ProgramDesc take the least and the greatest integer from the number of bits.
void AdjustQuantize(OpImport* op, OpDraft* /*draft*/) {
  if (!IsTrue(*op, attributes::kIsTest)) op->Refuse(kCode, "is in training mode: it computes a new scale");
  if (IsTrue(*op, attributes::kOnlyObserver))
    op->Refuse(kCode, "only observes ('only_observer'): it hands its operand on as it is");
  for (size_t i = 1; i < op->result_count(); ++i) {
    if (op->IsRead(i))
      op->Refuse("import-operand", "result " + std::to_string(i) + " is read, which is made in training only");
  }
  const auto axis = IntegerOf(*op, attributes::kQuantAxis);
  const auto operands = op->program().OperandsOf(op->op());
  if (axis && !operands.empty() && operands[0].value != kNone &&
      *axis >= static_cast<int64_t>(op->program().TypeOf(operands[0].value).dims.size()))
    op->Refuse("import-attribute", "the attribute 'quant_axis' is none of its operand's axes");
  const auto bits = IntegerOf(*op, attributes::kBitLength);
  if (!bits || *bits < kFewestBits || *bits > kMostBits)
    return op->Refuse("import-attribute", "the attribute 'bit_length' is none from 2 to 16");
  const int64_t greatest = (int64_t{1} << (*bits - 1)) - 1;
  if (IntegerOf(*op, attributes::kQmax) != greatest || IntegerOf(*op, attributes::kQmin) != -greatest - 1) {
    op->Refuse("import-attribute", "the attributes 'qmin' and 'qmax' are not those of " + std::to_string(*bits) +
                                       " bits: " + std::to_string(-greatest - 1) + " and " + std::to_string(greatest));
  }
}

}  // namespace pdquant::pir
