#include "quantize/forms/fake_pairs.h"

#include <algorithm>
#include <unordered_set>

#include "paddle/names.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

bool HasOneWriter(const Uses& uses, VarId var, OpId writer) {
  const auto writers = uses.writers(var);
  return writers.size() == 1 && writers[0] == writer;
}

}  // namespace

FakePairs::FakePairs(const Index& index, const Uses& uses) {
  std::unordered_set<OpId> paired;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (index.type(op) == op_types::kDequantizeMaxAbs && Add(index, uses, op)) {
      paired.insert(pairs_.back().quantize);
      paired.insert(op);
    }
  }
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (IsQuantizationOp(index.type(op)) && !paired.contains(op)) others_.push_back(op);
  }
}

bool FakePairs::Add(const Index& index, const Uses& uses, OpId dequantize) {
  const Program& program = index.program();
  FakePair pair;
  pair.dequantize = dequantize;
  pair.quantized = index.InputVar(dequantize, slots::kX);
  pair.scale = index.InputVar(dequantize, slots::kScale);
  pair.dequantized = index.OutputVar(dequantize, slots::kOut);
  if (pair.quantized == kNoVar || pair.scale == kNoVar || pair.dequantized == kNoVar) return false;
  const auto writers = uses.writers(pair.quantized);
  if (writers.size() != 1 || !HasOneWriter(uses, pair.dequantized, dequantize)) return false;
  pair.quantize = writers[0];
  pair.scale_kind = FindScaleKindOfOp(index.type(pair.quantize));
  const auto bits = program.op(pair.quantize).attr(attributes::kBitLength);
  pair.source = index.InputVar(pair.quantize, slots::kX);
  const bool one_block =
      program.BlockOfOp(pair.quantize) == program.BlockOfOp(dequantize) && pair.quantize < dequantize;
  if (pair.scale_kind == nullptr || !one_block || pair.source == kNoVar ||
      index.OutputVar(pair.quantize, slots::kOutScale) != pair.scale || by_quantize_.contains(pair.quantize))
    return false;
  // In test mode a quantize op reads one scale and writes none.
  if (!pair.scale_kind->dynamic && index.InputVar(pair.quantize, slots::kInScale) != pair.scale) return false;
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
