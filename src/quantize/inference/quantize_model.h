// What `quantize` does to a model: the passes in their order, and what became of each op.
#ifndef PDQUANT_QUANTIZE_INFERENCE_QUANTIZE_MODEL_H_
#define PDQUANT_QUANTIZE_INFERENCE_QUANTIZE_MODEL_H_

#include <optional>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "model/scales_file.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtimes.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/options.h"
#include "quantize/rules/rule.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

struct QuantizeOptions {
  std::optional<QuantizationForm> form = {};  // legacy or linear; nothing: what the target takes, or legacy
  std::optional<Target> target = {};          // the engine that is to take the model; nothing for any
  bool per_channel = true;                    // of the scales of weights
  int32_t weight_bits = 8;                    // 2 to 16; 2 to 8 in the linear form
  int32_t activation_bits = 8;                // the same
  bool out_scales = false;                    // those that are given are written into attributes of the ops
  bool strict = false;                        // a scale that is missing is an error
  bool fold_batch_norm = false;               // first, where a convolution is in front
  SelectionRules rules = DefaultRules(DefaultSelection::kProducts);
};

// Whether each option is in its range, and whether they fit each other. Errors: kUsage.
Status Validate(const QuantizeOptions& options);

// Errors: kBadInput, with findings, where the program is no float program for inference or can't be rewritten; those of
// `values`.
Result<RewrittenModel> QuantizeModel(Program program, const QuantizeOptions& options, const ScalesFile& scales,
                                     ParameterValues* values, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_INFERENCE_QUANTIZE_MODEL_H_
