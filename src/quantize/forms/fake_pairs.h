// Finds the quantize and dequantize ops of a simulated program, and says which of them a rewrite may take apart.
#ifndef PDQUANT_QUANTIZE_FORMS_FAKE_PAIRS_H_
#define PDQUANT_QUANTIZE_FORMS_FAKE_PAIRS_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analysis/control_flow.h"
#include "analysis/uses.h"
#include "base/finding.h"
#include "ir/index.h"
#include "paddle/scale_kinds.h"

namespace pdquant {

// source -> quantize -> quantized -> dequantize -> dequantized, with the scale between both ops.
struct FakePair {
  OpId quantize = kNoOp;
  OpId dequantize = kNoOp;
  VarId source = kNoVar;
  VarId quantized = kNoVar;
  VarId dequantized = kNoVar;
  VarId scale = kNoVar;
  const ScaleKind* scale_kind = nullptr;
  int32_t bits = 0;
};

class FakePairs {
 public:
  // A pair is sound where its two ops stand in one block, the dequantize op last, nothing else writes what they write,
  // the quantize op has no other pair, and reads a static scale from where it writes it.
  FakePairs(const Index& index, const Uses& uses);

  const std::vector<FakePair>& pairs() const { return pairs_; }
  // The pair that writes a dequantized variable; null for other variables.
  const FakePair* Find(VarId dequantized) const;
  // The pair of a quantize op, or null.
  const FakePair* FindByQuantize(OpId quantize) const;
  // Fake ops of a kind that QuantizeTranspiler doesn't write, and quantize or dequantize ops without their partner.
  const std::vector<OpId>& others() const { return others_; }

 private:
  bool Add(const Index& index, const Uses& uses, OpId dequantize);

  std::vector<FakePair> pairs_;
  std::unordered_map<VarId, uint32_t> by_dequantized_;
  std::unordered_map<OpId, uint32_t> by_quantize_;
  std::vector<OpId> others_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FORMS_FAKE_PAIRS_H_
