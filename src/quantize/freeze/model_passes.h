// The passes over trained models: freeze, int8, undo, and the two small ones that clean up around them.
#ifndef PDQUANT_QUANTIZE_FREEZE_MODEL_PASSES_H_
#define PDQUANT_QUANTIZE_FREEZE_MODEL_PASSES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/finding.h"
#include "paddle/quantization_ops.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// A trained simulation becomes an inference program whose quantizable ops read integers.
//
//   before:  w ─> quantize ─> dequantize ─┐
//            a ─> quantize ─> dequantize ─┴> mul ─> out ─> …
//   after:   w (integers) ─────────────┐
//            a ─> quantize ─> a.quantized ─┴> mul ─> out ─> fake_dequantize_max_abs ─> out.dequantized ─> …
//
// The product of integers is scaled back behind the op: fake_dequantize_max_abs computes out · s_a / max_range with
// max_range = R_w·R_a / s_w (QuantizeTranspiler.freeze_program of paddlepaddle 1.8.5); with a scale for each channel
// fake_channel_wise_dequantize_max_abs computes out[c] · s_w[c] · s_a / (R_w·R_a), where the op's output has the
// channels along an axis that it knows. Where it hasn't, as with a weight on the left, and in the linear form the
// integers of the weight are scaled back in front:
//
//   after:   w (integers) ─> dequantize ─> w.quantized.dequantized ─┐
//            a ─> quantize ─> dequantize ───────────────────────────┴> mul ─> out ─> …
class FreezePass : public Pass {
 public:
  // `form` is the form of the frozen program, legacy or linear; nothing: that of the simulation. Scales that were given
  // are taken as they are; others have to have been trained.
  explicit FreezePass(ParameterValues* values, std::optional<QuantizationForm> form = std::nullopt,
                      bool scales_are_given = false)
      : values_(values), form_(form), scales_are_given_(scales_are_given) {}

  std::string_view name() const override { return "freeze"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: how the parameters of the new program are written, and the ops that were left simulated, with the
  // reason.
  const ParameterPlans& parameters() const { return plans_; }
  const std::vector<KeptOp>& kept() const { return kept_; }
  size_t frozen_ops() const { return frozen_ops_; }
  // Of the last run: what the quantize ops that went kept their scales and their state in. Only counters and the lists
  // of control ops may name it still.
  const std::unordered_set<std::string>& state() const { return state_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  std::optional<QuantizationForm> form_;
  bool scales_are_given_;
  ParameterPlans plans_;
  std::vector<KeptOp> kept_;
  size_t frozen_ops_ = 0;
  std::unordered_set<std::string> state_;
};

// The weights of a frozen program, integers held as float32, are stored as int8 or int16.
//
//   before:  w (float32 integers) ─────> mul
//   after:   w.int8 (int8) ────────────> mul
//
// Names as QuantizeTranspiler.convert_to_int8 of paddlepaddle 1.8.5 gives them; integers that need more than 8 bits get
// w.int16.
class Int8Pass : public Pass {
 public:
  explicit Int8Pass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "int8"; }
  Result<Outcome> Run(const PassContext& context) override;

  const ParameterPlans& parameters() const { return plans_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  ParameterPlans plans_;
};

// Back to plain float, from a simulated, a frozen or an int8 program.
//
//   simulated:  a ─> quantize ─> dequantize ─> mul                      a ─> mul
//   frozen:     a ─> quantize ─> mul ─> out ─> dequantize ─> … becomes  a ─> mul ─> out ─> …
//               w (integers) ──────┘                                    w (q · s / R) ┘
//
// A simulated program may be a training program: its gradient ops read the float variables again, and the lists of its
// control ops lose what transpile named there. It needs no parameters.
class UndoPass : public Pass {
 public:
  // `values` may be null where no parameters are at hand: a frozen program is then refused.
  explicit UndoPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "undo"; }
  Result<Outcome> Run(const PassContext& context) override;

  const ParameterPlans& parameters() const { return plans_; }
  // Names of variables that only the quantization ops needed: those that nothing names any more can be removed
  // (RemoveUnusedPass).
  const std::unordered_set<std::string>& unneeded() const { return unneeded_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  ParameterPlans plans_;
  std::unordered_set<std::string> unneeded_;
};

// Takes out of a simulated inference program what only training needs: the slots of the quantize ops that update
// windows, counters and running sums, and the ops that count steps. Sets is_test.
//   before:  increment(counter); quantize{X, InScale, Iter} -> {Out, OutScale, OutScales}
//   after:   quantize{X, InScale} -> {Out, OutScale}
class StripTrainingPass : public Pass {
 public:
  StripTrainingPass() = default;
  // `state` names more variables that only training needs, of quantize ops that are gone.
  explicit StripTrainingPass(const std::unordered_set<std::string>* state) : more_state_(state) {}

  std::string_view name() const override { return "strip-training"; }
  Result<Outcome> Run(const PassContext& context) override;

 private:
  const std::unordered_set<std::string>* more_state_ = nullptr;
};

// Removes the variables that no op names: all of them, or those of a set of names. Fed variables stay.
class RemoveUnusedPass : public Pass {
 public:
  RemoveUnusedPass() = default;
  explicit RemoveUnusedPass(std::unordered_set<std::string> only) : only_(std::move(only)) {}

  std::string_view name() const override { return "remove-unused"; }
  Result<Outcome> Run(const PassContext& context) override;

 private:
  std::optional<std::unordered_set<std::string>> only_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_MODEL_PASSES_H_
