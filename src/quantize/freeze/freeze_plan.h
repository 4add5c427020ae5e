// Which ops of a simulated inference program can compute on integers, and what becomes of each quantized value.
#ifndef PDQUANT_QUANTIZE_FREEZE_FREEZE_PLAN_H_
#define PDQUANT_QUANTIZE_FREEZE_FREEZE_PLAN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis/control_flow.h"
#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "base/finding.h"
#include "ir/index.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {

// The parameter whose integers are stored for a weight that is quantized.
struct StoredWeight {
  VarId parameter = kNoVar;
  int32_t axis = kWholeTensor;  // of the parameter: that of the value, carried back
  // The ops that make the value's source of it, from the last back to the first; nothing else reads what they write.
  std::vector<OpId> path;
};

// An operand of a frozen op.
struct FrozenOperand {
  const QuantizedValue* value = nullptr;
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

// An op that stays as the simulation has it.
struct KeptSite {
  OpId op = kNoOp;
  std::string why;
};

class FreezePlan {
 public:
  // Where `target` is the linear form, no op reads integers: those of weights are dequantized in front.
  FreezePlan(const Index& index, const Uses& uses, const QuantizedValues& values, QuantizationForm target);

  const std::vector<FreezeSite>& sites() const { return sites_; }
  const std::vector<KeptSite>& kept() const { return kept_; }
  // Whether some op that will read integers reads the value.
  bool HasSite(const QuantizedValue& value) const;
  // Whether every op that reads the value rounded will read integers: what scales it back can go.
  bool Dissolves(const QuantizedValue& value) const;
  // Whether the quantize op goes: nothing reads its integers or its scale.
  bool LosesQuantize(const QuantizedValue& value) const;
  // Whether a parameter in float32 is quantized, which nothing writes: its integers can be stored.
  bool IsWeight(const QuantizedValue& value) const { return WeightOf(value) != nullptr; }
  // What is stored for such a value; null for others.
  const StoredWeight* WeightOf(const QuantizedValue& value) const;
  // Whether the integers of a weight are stored and scaled back in front of those that read it.
  bool IsStored(const QuantizedValue& value) const { return stored_.contains(&value); }
  // Whether some op goes on reading the parameter in float.
  bool HasFloatReader(VarId parameter) const;

 private:
  bool IsSite(OpId op) const { return site_of_.contains(op); }
  std::optional<StoredWeight> FindWeight(const QuantizedValue& value) const;
  bool IsFp32Parameter(VarId var) const;
  void StoreAll();
  void AddSite(OpId op, const QuantizableOp& kind);
  void MoveInFront();
  bool MovesInFront(const FreezeSite& site, const FrozenOperand& operand) const;
  void KeepOtherReaders(const QuantizedValue& value);
  std::string WhyNot(const FreezeSite& site) const;
  bool OwnsScale(const QuantizedValue& value) const;
  bool RunsBefore(OpId first, OpId second) const;

  const Index& index_;
  const Uses& uses_;
  const QuantizedValues& values_;
  ControlFlow flow_;
  std::map<const QuantizedValue*, StoredWeight> weights_;
  std::unordered_set<const QuantizedValue*> stored_;
  std::unordered_map<OpId, const QuantizedValue*> carriers_;  // ops of the paths of weights
  std::vector<FreezeSite> sites_;
  std::unordered_map<OpId, size_t> site_of_;
  std::vector<KeptSite> kept_;
};

// What keeps a program from being frozen, and into which form it is frozen unless one is asked for (freeze_checks.cc).
//
// Linear where every value is of the linear form; legacy otherwise.
QuantizationForm FormOfSimulation(const QuantizedValues& all);

// False, with findings, where the program is no simulation for inference, or `target` can't hold what it quantizes.
bool CheckFreezable(const Index& index, const QuantizedValues& values, const FreezePlan& plan, QuantizationForm target,
                    Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_FREEZE_PLAN_H_
