// The builtin ops of lists. A ProgramDesc has no lists: they are the arguments of the slots that read them.
#include <utility>

#include "paddle/import/import_names.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {
namespace {

void Take(OpImport* op, size_t result, const ListMember& member) {
  op->Alias(result, member.var);
  op->ResultState(result).constant = member.constant;
}

}  // namespace

void ImportCombine(OpImport* op) {
  op->FinishAttributes();
  if (!op->HasResults(1)) return;
  std::vector<ListMember> members;
  for (size_t i = 0; i < op->operand_count(); ++i) {
    const VarId var = op->Tensor(i);
    members.push_back({var, op->State(i).constant});
  }
  if (!op->is_refused()) op->AliasList(0, std::move(members));
}

void ImportSplit(OpImport* op) {
  op->FinishAttributes();
  const auto* members = op->ListOf(0);
  if (members == nullptr) return;
  for (size_t i = 0; i < op->result_count() && i < members->size(); ++i) Take(op, i, (*members)[i]);
}

void ImportListItem(OpImport* op) {
  const auto index = op->TakeInteger(kIndexAttribute);
  op->FinishAttributes();
  const auto* members = op->ListOf(0);
  if (members == nullptr || !index || !op->HasResults(1)) return;
  if (*index < 0 || static_cast<size_t>(*index) >= members->size())
    return op->Refuse("import-attribute", "the attribute 'index' is no member of the list");
  Take(op, 0, (*members)[static_cast<size_t>(*index)]);
}

}  // namespace pdquant::pir
