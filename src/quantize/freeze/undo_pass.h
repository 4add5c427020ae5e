// The pass `undo`: back to plain float, from a simulated, a frozen or an int8 program.
//
//   simulated:  a ─> quantize ─> dequantize ─> mul                      a ─> mul
//   frozen:     a ─> quantize ─> mul ─> out ─> dequantize ─> … becomes  a ─> mul ─> out ─> …
//               w (integers) ──────┘                                    w (q · s / R) ┘
//
// A simulated program may be a training program: its gradient ops read the float variables again, and the lists of its
// control ops lose what transpile named there. It needs no parameters.
#ifndef PDQUANT_QUANTIZE_FREEZE_UNDO_PASS_H_
#define PDQUANT_QUANTIZE_FREEZE_UNDO_PASS_H_

#include <string>
#include <unordered_set>

#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class UndoPass : public Pass {
 public:
  // `values` may be null where no parameters are at hand: a frozen program is then refused.
  explicit UndoPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "undo"; }
  Result<Outcome> Run(const PassContext& context) override;

  const ParameterPlans& parameters() const { return plans_; }
  // Of the last run: whether the program was frozen, so that its parameters change.
  bool was_frozen() const { return was_frozen_; }
  // Names of variables that only the fake ops needed: those that nothing names any more can be removed
  // (RemoveUnusedPass).
  const std::unordered_set<std::string>& made_names() const { return made_names_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  ParameterPlans plans_;
  bool was_frozen_ = false;
  std::unordered_set<std::string> made_names_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_UNDO_PASS_H_
