// Which operands a run quantizes, and how: policy, apart from the facts about ops and scales. Passes ask it, and
// nothing else decides.
#ifndef PDQUANT_QUANTIZE_SELECTION_H_
#define PDQUANT_QUANTIZE_SELECTION_H_

#include <cstdint>
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
  int32_t bits = 0;  // of a quantized one, as is `scale_kind`
  const ScaleKind* scale_kind = nullptr;
  // The operand stays float because its type can't be told: the program should be looked at.
  bool doubtful = false;
  // The rule that decided: why it stays float; of a quantized one only what isn't as one expects, empty otherwise.
  std::string why;
};

class OpSelection {
 public:
  // `startup` may be null. All have to outlive the selection.
  OpSelection(const Index& main, const Index* startup, const TranspileOptions& options)
      : main_(main), options_(options), parameters_(main, startup), types_(main, startup) {}

  // The row of a forward op, or of the forward op of a gradient op, that the run quantizes; null for all others.
  const QuantizableOp* OfForward(OpId op) const { return IfSelected(FindQuantizable(main_.type(op))); }
  const QuantizableOp* OfGradient(OpId op) const { return IfSelected(FindQuantizableOfGradient(main_.type(op))); }

  // What becomes of a variable that such an op reads in a slot of that use.
  OperandChoice Choose(VarId var, OperandUse use) const;

 private:
  static const QuantizableOp* IfSelected(const QuantizableOp* op) {
    return op != nullptr && op->group != OpGroup::kOnRequest ? op : nullptr;
  }

  const Index& main_;
  const TranspileOptions& options_;
  Parameters parameters_;
  ValueTypes types_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_SELECTION_H_
