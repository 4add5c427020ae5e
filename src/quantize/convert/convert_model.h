// What `convert` does to a model: the passes in their order, and the parameters that come of them.
#ifndef PDQUANT_QUANTIZE_CONVERT_CONVERT_MODEL_H_
#define PDQUANT_QUANTIZE_CONVERT_CONVERT_MODEL_H_

#include <optional>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtimes.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

struct ConvertOptions {
  std::optional<QuantizationForm> form;  // legacy or linear; nothing: what the target takes
  std::optional<Target> target;          // nothing for any
};

// A frozen program stays frozen, a simulated one simulated. Errors: those of the passes.
Result<RewrittenModel> ConvertModel(Program program, const ConvertOptions& options, ParameterValues* values,
                                    Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_CONVERT_CONVERT_MODEL_H_
