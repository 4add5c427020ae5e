// Which operands a run quantizes, and how: policy, apart from the facts about ops and scales. Passes ask it, and
// nothing else decides.
#ifndef PDQUANT_QUANTIZE_SELECTION_H_
#define PDQUANT_QUANTIZE_SELECTION_H_

#include <tsl/robin_map.h>

#include <cstdint>
#include <span>
#include <string>

#include "analysis/value_types.h"
#include "analysis/weights.h"
#include "ir/index.h"
#include "paddle/quantizable_ops.h"
#include "paddle/scale_kinds.h"
#include "quantize/options.h"

namespace pdquant {

// What becomes of an operand, and why.
struct OperandChoice {
  bool quantized = false;
  bool is_weight = false;
  int32_t bits = 0;                       // of a quantized one, as is `scale_kind`
  const ScaleKind* scale_kind = nullptr;  // in the form of the run
  int32_t axis = kWholeTensor;            // the channels' in the variable, where the scale has some
  int64_t channels = 1;                   // how many
  // The operand stays float because its type can't be told: the program should be looked at.
  bool doubtful = false;
  // The rule that decided: why it stays float; of a quantized one only what isn't as one expects, empty otherwise.
  std::string why;
};

// Whether an op is quantized at all, and why it isn't.
struct OpChoice {
  bool quantized = false;
  std::string why;
};

class OpSelection {
 public:
  // `startup` may be null. All have to outlive the selection.
  OpSelection(const Index& main, const Index* startup, const TranspileOptions& options)
      : main_(main), options_(options), parameters_(main, startup), types_(main, startup) {}

  // The row of a forward op, or of the forward op of a gradient op, that the run may quantize: every product, and what
  // the run asks for beside them. Null for all others.
  const QuantizableOp* OfForward(OpId op) const { return RowsOf(op).forward; }
  const QuantizableOp* OfGradient(OpId op) const { return RowsOf(op).gradient; }

  // Whether the run quantizes an op with that row, a forward op or a gradient op.
  OpChoice ChooseOp(OpId op, const QuantizableOp& row) const;

  // What becomes of a variable that such an op reads as that operand; `path` has the ops between, from the one that
  // writes the operand back to the one that reads the variable, all of which keep its elements.
  OperandChoice Choose(OpId op, VarId var, const QuantizableOperand& operand, std::span<const OpId> path = {}) const;

 private:
  struct Rows {
    const QuantizableOp* forward = nullptr;
    const QuantizableOp* gradient = nullptr;
  };
  const Rows& RowsOf(OpId op) const;
  bool HasWeight(OpId op, const QuantizableOp& row) const;
  void ChooseAxis(OpId op, VarId var, const QuantizableOperand& operand, std::span<const OpId> path,
                  OperandChoice* choice) const;

  const Index& main_;
  const TranspileOptions& options_;
  Parameters parameters_;
  ValueTypes types_;
  mutable tsl::robin_map<NameId, Rows> rows_;  // by the types that were asked for
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_SELECTION_H_
