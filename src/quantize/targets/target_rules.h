// What a float model is told about an engine before it is quantized for it: which ops stay float there, and which scale
// the weights of others have. Why, and in which version it was seen, says paddle/runtimes/runtime_faults.h.
#ifndef PDQUANT_QUANTIZE_TARGETS_TARGET_RULES_H_
#define PDQUANT_QUANTIZE_TARGETS_TARGET_RULES_H_

#include "ir/index.h"
#include "model/scales_file.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtimes.h"
#include "quantize/rules/rule.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// The rules of a run over a float program for the engine: in front of those of the user which weights have one scale
// for the whole tensor or one for each channel, and what stays float unless one of them asks for it; behind them what
// stays float in that form, with the reasons. `values` are the program's parameters, `scales` those of its activations.
// Linear.
SelectionRules WithRulesOfTarget(const Index& index, Target target, QuantizationForm form, ParameterValues* values,
                                 const ScalesFile& scales, SelectionRules rules);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TARGETS_TARGET_RULES_H_
