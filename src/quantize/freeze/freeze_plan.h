// Which ops of a simulated inference program can compute on integers, and what becomes of each pair of fake ops.
#ifndef PDQUANT_QUANTIZE_FREEZE_FREEZE_PLAN_H_
#define PDQUANT_QUANTIZE_FREEZE_FREEZE_PLAN_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/uses.h"
#include "paddle/quantizable_ops.h"
#include "quantize/forms/fake_pairs.h"

namespace pdquant {

// An operand of a frozen op.
struct FrozenOperand {
  const FakePair* pair = nullptr;
  NameId slot = kNoName;
  bool is_weight = false;
};

// A quantizable op that will read integers. Its output is linear in each operand, so the scales come behind it.
struct FreezeSite {
  OpId op = kNoOp;
  const QuantizableOp* kind = nullptr;
  VarId output = kNoVar;
  std::vector<FrozenOperand> operands;  // those that were quantized: one or two
};

// A quantizable op, or a pair's reader, that stays as the simulation has it.
struct KeptSite {
  OpId op = kNoOp;
  std::string why;
};

class FreezePlan {
 public:
  FreezePlan(const Index& index, const Uses& uses, const FakePairs& pairs);

  const std::vector<FreezeSite>& sites() const { return sites_; }
  const std::vector<KeptSite>& kept() const { return kept_; }
  const ControlFlow& flow() const { return flow_; }
  bool IsSite(OpId op) const { return site_of_.contains(op); }
  // Whether every op that reads the pair's dequantized variable is a site: the dequantize op can go.
  bool Dissolves(const FakePair& pair) const;
  // Whether the pair quantizes a parameter that nothing writes.
  bool IsWeight(const FakePair& pair) const;
  // Whether some op goes on reading the parameter in float.
  bool HasFloatReader(VarId parameter) const;

 private:
  void AddSite(OpId op, const QuantizableOp& kind);
  void KeepOtherReaders(const FakePair& pair);
  std::string WhyNot(const FreezeSite& site) const;
  bool IsLookedAt(const FakePair& pair) const;
  bool OwnsScale(const FakePair& pair) const;
  bool RunsBefore(OpId first, OpId second) const;

  const Index& index_;
  const Uses& uses_;
  const FakePairs& pairs_;
  ControlFlow flow_;
  std::vector<FreezeSite> sites_;
  std::unordered_map<OpId, size_t> site_of_;
  std::vector<KeptSite> kept_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_FREEZE_PLAN_H_
