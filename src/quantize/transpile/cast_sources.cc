#include "quantize/transpile/cast_sources.h"

#include "analysis/control_flow.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"

namespace pdquant {

void CastSources::Visit(uint32_t block, OpId op) {
  if (index_.type(op) != op_types::kCast || index_.inputs(op).size() != 1) return;
  const VarId source = index_.Lookup(block, index_.inputs(op)[0].name);
  if (source != kNoVar) read_[op] = values_.present(source);
}

std::optional<CastSources::Source> CastSources::Behind(VarId var) {
  const OpId cast = values_.writer(var);
  const auto read = read_.find(cast);
  if (cast == kNoOp || read == read_.end()) return std::nullopt;
  Source source;
  source.cast = cast;
  source.block = static_cast<uint32_t>(index_.program().BlockOfOp(cast));
  source.slot = index_.inputs(cast)[0].slot;
  source.name = index_.inputs(cast)[0].name;
  source.var = index_.Lookup(source.block, source.name);
  if (values_.present(source.var) != read->second || HasFloatReader(var)) return std::nullopt;
  return source;
}

std::optional<uint32_t> CastSources::PairOf(OpId cast) const {
  const auto found = pairs_.find(cast);
  return found == pairs_.end() ? std::nullopt : std::optional(found->second);
}

bool CastSources::HasFloatReader(VarId var) {
  const Program& program = index_.program();
  if (!float_read_) {
    float_read_.emplace(program.var_count());
    for (OpId op = 0; op < program.op_count(); ++op) {
      if (selection_.OfForward(op) != nullptr || selection_.OfGradient(op) != nullptr ||
          FindControlOp(index_.type(op)) != nullptr)
        continue;
      for (const Argument& argument : index_.inputs(op)) {
        const VarId read = index_.Lookup(program.BlockOfOp(op), argument.name);
        if (read != kNoVar) (*float_read_)[read] = true;
      }
    }
  }
  return (*float_read_)[var];
}

}  // namespace pdquant
