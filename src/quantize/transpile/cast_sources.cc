#include "quantize/transpile/cast_sources.h"

#include "analysis/control_flow.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "paddle/tensor_ops.h"

namespace pdquant {

void CastSources::Visit(uint32_t block, OpId op) {
  if (!KeepsElements(index_.type(op))) return;
  const NameId name = index_.Input(op, slots::kX);
  const VarId source = name == kNoName ? kNoVar : index_.Lookup(block, name);
  if (source != kNoVar) read_[op] = values_.present(source);
}

std::optional<CastSources::Source> CastSources::Behind(VarId var, const std::function<bool(VarId)>& is_quantizable) {
  Source source;
  source.var = var;
  do {
    source.cast = values_.writer(source.var);
    const auto read = source.cast == kNoOp ? read_.end() : read_.find(source.cast);
    if (read == read_.end() || HasFloatReader(source.var)) return std::nullopt;
    source.path.push_back(source.cast);
    source.block = static_cast<uint32_t>(index_.program().BlockOfOp(source.cast));
    source.name = index_.Input(source.cast, slots::kX);
    source.var = index_.Lookup(source.block, source.name);
    if (values_.present(source.var) != read->second) return std::nullopt;
  } while (!is_quantizable(source.var));
  source.slot = index_.names().Find(slots::kX);
  return source;
}

std::optional<uint32_t> CastSources::PairOf(OpId cast) const {
  const auto found = pairs_.find(cast);
  return found == pairs_.end() ? std::nullopt : std::optional(found->second);
}

bool CastSources::IsQuantized(OpId op) const {
  const QuantizableOp* row = selection_.OfForward(op);
  if (row == nullptr) row = selection_.OfGradient(op);
  return row != nullptr && selection_.ChooseOp(op, *row).quantized;
}

// Whoever reads what only keeps the elements of a value reads the value. Readers come behind writers.
bool CastSources::HasFloatReader(VarId var) {
  const Program& program = index_.program();
  if (!float_read_) {
    float_read_.emplace(program.var_count());
    for (auto op = static_cast<OpId>(program.op_count()); op-- > 0;) {
      if (IsQuantized(op)) continue;
      const bool is_control = FindControlOp(index_.type(op)) != nullptr;
      const VarId kept = KeepsElements(index_.type(op)) ? index_.OutputVar(op, slots::kOut) : kNoVar;
      if (kept != kNoVar && !(*float_read_)[kept]) continue;
      for (const Argument& argument : index_.inputs(op)) {
        if (is_control && IsListSlot(index_.type(op), index_.name(argument.slot))) continue;
        const VarId read = index_.Lookup(program.BlockOfOp(op), argument.name);
        if (read != kNoVar) (*float_read_)[read] = true;
      }
    }
  }
  return (*float_read_)[var];
}

}  // namespace pdquant
