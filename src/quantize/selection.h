// Which operands a run quantizes, and how: policy, apart from the facts about ops and scales. Passes ask it, and
// nothing else decides.
#ifndef PDQUANT_QUANTIZE_SELECTION_H_
#define PDQUANT_QUANTIZE_SELECTION_H_

#include <tsl/robin_map.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/uses.h"
#include "analysis/value_types.h"
#include "analysis/weights.h"
#include "base/finding.h"
#include "ir/index.h"
#include "model/scales_file.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/scale_kinds.h"
#include "quantize/rules/rule.h"

namespace pdquant {

// How values are quantized where no rule says otherwise.
struct OperandSettings {
  int32_t bits = 8;
  const ScaleKind* scale_kind = &DynamicScale();  // in the form of the run
};

// What becomes of an op. Its gradient ops go with it.
struct OpChoice {
  bool quantized = false;
  bool asked_for = false;               // by some rule, though a later one may keep it in float
  uint32_t rule = 0;                    // the number of the one that decided
  bool lacks_scale = false;             // it stays float because no scale is given for an activation of it
  std::string why = {};                 // of one that stays float
  std::vector<uint32_t> settings = {};  // the rules, in order, that say more of its operands
};

// What becomes of an operand, and why.
struct OperandChoice {
  bool quantized = false;
  bool is_weight = false;
  int32_t bits = 0;                       // of a quantized one, as is `scale_kind`
  const ScaleKind* scale_kind = nullptr;  // in the form of the run
  int32_t axis = kWholeTensor;            // the channels' in the variable, where the scale has some
  int64_t channels = 1;                   // how many
  bool lacks_scale = false;               // it would be quantized, had its variable a scale
  // The operand stays float because its type can't be told: the program should be looked at.
  bool doubtful = false;
  uint32_t rule = 0;  // the number of the one that decided
  // Why it stays float; of a quantized one only what isn't as one expects, empty otherwise.
  std::string why;
};

class OpSelection {
 public:
  // `startup` may be null, as may `scales`, without which each activation may have one. All have to outlive the
  // selection.
  OpSelection(const Index& main, const Index* startup, const OperandSettings& weights,
              const OperandSettings& activations, QuantizationForm form, const SelectionRules& rules,
              const ScalesFile* scales = nullptr);

  // The row of a forward op, or of the forward op of a gradient op, of which a run has to know: every product, so that
  // it can say why one stays float, and what the rules may ask for beside them. Null for all others.
  const QuantizableOp* OfForward(OpId op) const;
  const QuantizableOp* OfGradient(OpId op) const { return RowsOf(op).gradient; }

  // What becomes of an op with that row. Of a gradient op, ask for its forward op where it is known.
  OpChoice ChooseOp(OpId op, const QuantizableOp& row) const;
  // What becomes of a variable that a quantized op reads as that operand; `path` has the ops between, from the one that
  // writes the operand back to the one that reads the variable, all of which keep its elements. Of a gradient op,
  // `of_op` is the choice for its forward op.
  OperandChoice Choose(OpId op, const OpChoice& of_op, VarId var, const QuantizableOperand& operand,
                       std::span<const OpId> path = {}) const;

  const SelectionRules& rules() const { return rules_; }
  // Whether the rule of that number was about an op that it was asked for, so far.
  bool WasMet(uint32_t rule) const { return met_[rule]; }

 private:
  struct Rows {
    const QuantizableOp* forward = nullptr;
    const QuantizableOp* gradient = nullptr;
  };
  // What rules ask of an op. What costs something is found when it is first asked for.
  struct OpFacts {
    OpId op;
    const QuantizableOp& row;
    size_t block;
    std::optional<bool> has_weight = {};
    std::optional<bool> is_marked = {};
  };

  const Rows& RowsOf(OpId op) const;
  bool ComputesForward(OpId op) const;
  bool MayAskFor(const QuantizableOp& row) const;
  // The row, or null where no rule may ask for it.
  const QuantizableOp* AskedFor(const QuantizableOp* row) const;
  const std::vector<uint32_t>& RulesOf(const QuantizableOp& row) const;
  bool LacksScale(OpId op, VarId var) const;
  void RequireScales(const OpFacts& op, OpChoice* choice) const;
  bool IsAbout(uint32_t rule, OpFacts* op) const;
  bool AsksFor(const SelectionRule& rule, bool type_asked_for, OpFacts* op) const;
  bool IsProduct(OpFacts* op) const;
  bool IsMarked(OpFacts* op) const;
  bool HasScope(uint32_t rule, OpId op) const;
  bool HasOperand(uint32_t rule, const OpFacts& op) const;
  // Whether the rule's pattern matches the variable, or the weight that it is made of.
  bool IsNamed(uint32_t rule, VarId var) const;
  void ApplySettings(const OpChoice& op, VarId var, VarId read, OperandChoice* choice) const;
  bool IsRounded(OpId op, VarId var, const QuantizableOperand& operand, OperandChoice* of_operand) const;
  int32_t StoredAxis(VarId var) const;
  std::optional<int32_t> ChannelsOfReader(OpId reader, VarId var) const;
  void ChooseAxis(OpId op, VarId var, const QuantizableOperand& operand, std::span<const OpId> path,
                  OperandChoice* choice) const;

  const Index& main_;
  const OperandSettings weights_;
  const OperandSettings activations_;
  const QuantizationForm form_;
  const SelectionRules& rules_;
  const ScalesFile* scales_;
  Parameters parameters_;
  ValueTypes types_;
  // Made while it is asked:
  mutable tsl::robin_map<NameId, Rows> rows_;  // by type
  mutable tsl::robin_map<const QuantizableOp*, std::vector<uint32_t>> rules_of_;
  mutable NameMatches variables_;
  mutable NameMatches scopes_;
  mutable std::vector<bool> met_;
  mutable std::optional<bool> has_marks_;  // whether the program holds the mark at all
  mutable std::optional<Uses> uses_;
  mutable tsl::robin_map<VarId, int32_t> stored_axes_;  // by a variable that ops make of a parameter
};

// Rules that were about nothing are misspelled, most of them. Once the selection has chosen for all ops: a warning for
// each rule of the user that was about none of them, with the nearest names that are there.
void WarnOfUnmetRules(const Index& main, const OpSelection& selection, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_SELECTION_H_
