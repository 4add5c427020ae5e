// What an engine is given so that it computes what the model says: one row for each target, and the passes that change
// how a frozen model is written. Why, and in which version it was seen, says paddle/runtimes/runtime_faults.h.
#ifndef PDQUANT_QUANTIZE_TARGETS_TARGET_FORM_H_
#define PDQUANT_QUANTIZE_TARGETS_TARGET_FORM_H_

#include <cstdint>

#include "base/finding.h"
#include "base/status.h"
#include "ir/index.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtimes.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class Pipeline;

struct TargetForm {
  Target target;
  QuantizationForm form;  // of the frozen model, where nobody asks for another one
  bool takes_other_form;  // the engine computes legacy and linear alike
  int32_t bits;           // the only number of bits of weights and activations; 0 for any
  bool out_scales;        // what the ops write needs a scale, too (out_threshold, from which passes make observers)
};

const TargetForm& TargetFormOf(Target target);

// Runs the passes of a target over a frozen model: what was made of it before is in `plans`, which they add to;
// `values` are the parameters of the model that came in. Errors: those of the passes.
Status FitToTarget(Target target, ParameterValues* values, ParameterPlans* plans, Pipeline* pipeline);

// Judges what was made for an engine as `check --target` does: what it would still refuse or compute wrongly is a
// warning, since the model is what was asked for.
void WarnForTarget(const Program& program, Target target, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TARGETS_TARGET_FORM_H_
