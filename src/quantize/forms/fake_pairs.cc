#include "quantize/forms/fake_pairs.h"

#include <algorithm>
#include <unordered_set>

#include "paddle/op_table.h"

namespace pdquant {
namespace {

bool HasOneWriter(const Uses& uses, VarId var, OpId writer) {
  const auto writers = uses.writers(var);
  return writers.size() == 1 && writers[0] == writer;
}

}  // namespace

VarId ArgumentOf(const Index& index, OpId op, bool output, std::string_view slot) {
  const NameId id = index.names().Find(slot);
  VarId found = kNoVar;
  for (const Argument& argument : output ? index.outputs(op) : index.inputs(op)) {
    if (argument.slot != id) continue;
    if (found != kNoVar) return kNoVar;
    found = index.Lookup(index.program().BlockOfOp(op), argument.name);
  }
  return found;
}

FakePairs::FakePairs(const Index& index, const Uses& uses) {
  std::unordered_set<OpId> paired;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (index.type(op) == kDequantizeMaxAbs && Add(index, uses, op)) {
      paired.insert(pairs_.back().quantize);
      paired.insert(op);
    }
  }
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (IsFakeQuantize(index.type(op)) && !paired.contains(op)) others_.push_back(op);
  }
}

bool FakePairs::Add(const Index& index, const Uses& uses, OpId dequantize) {
  const Program& program = index.program();
  FakePair pair;
  pair.dequantize = dequantize;
  pair.quantized = ArgumentOf(index, dequantize, false, "X");
  pair.scale = ArgumentOf(index, dequantize, false, "Scale");
  pair.dequantized = ArgumentOf(index, dequantize, true, "Out");
  if (pair.quantized == kNoVar || pair.scale == kNoVar || pair.dequantized == kNoVar) return false;
  const auto writers = uses.writers(pair.quantized);
  if (writers.size() != 1 || !HasOneWriter(uses, pair.dequantized, dequantize)) return false;
  pair.quantize = writers[0];
  pair.scale_kind = FindScaleKindOfOp(index.type(pair.quantize));
  const auto bits = program.op(pair.quantize).attr(kBitLength);
  pair.source = ArgumentOf(index, pair.quantize, false, "X");
  const bool one_block =
      program.BlockOfOp(pair.quantize) == program.BlockOfOp(dequantize) && pair.quantize < dequantize;
  if (pair.scale_kind == nullptr || !one_block || pair.source == kNoVar ||
      ArgumentOf(index, pair.quantize, true, "OutScale") != pair.scale || by_quantize_.contains(pair.quantize))
    return false;
  // In test mode a quantize op reads one scale and writes none.
  if (!pair.scale_kind->dynamic && ArgumentOf(index, pair.quantize, false, "InScale") != pair.scale) return false;
  pair.bits = bits ? bits->AsInt().value_or(8) : 8;  // 8 is the op's default
  by_quantize_[pair.quantize] = static_cast<uint32_t>(pairs_.size());
  by_dequantized_[pair.dequantized] = static_cast<uint32_t>(pairs_.size());
  pairs_.push_back(pair);
  return true;
}

const FakePair* FakePairs::Find(VarId dequantized) const {
  const auto found = by_dequantized_.find(dequantized);
  return found == by_dequantized_.end() ? nullptr : &pairs_[found->second];
}

const FakePair* FakePairs::FindByQuantize(OpId quantize) const {
  const auto found = by_quantize_.find(quantize);
  return found == by_quantize_.end() ? nullptr : &pairs_[found->second];
}

}  // namespace pdquant
