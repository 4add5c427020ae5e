// What `freeze`, `int8`, `undo`, `weights` and `convert` do to a model: the passes in their order, and the parameters
// that come of them.
#ifndef PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_
#define PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtimes.h"
#include "quantize/pass.h"
#include "quantize/weight_only/weight_only_pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

enum class ModelRewrite { kFreeze, kInt8, kUndo, kWeights, kQuantize, kConvert };

// The name of the command.
std::string_view ToString(ModelRewrite rewrite);

struct ModelRequest {
  ModelRewrite rewrite;
  // Of freeze: of the frozen program, by default that of the simulation. Of convert: by default that of the target.
  std::optional<QuantizationForm> form = {};
  WeightOnlyOptions weights = {};     // of weights
  std::optional<Target> target = {};  // the engine that is to take the model; nothing for any
};

// What became of an op.
struct OpOutcome {
  Place place;  // in the program that came in
  bool quantized = false;
  std::string why = {};  // where it isn't, only in part, or its weight otherwise than one expects
  bool is_product = false;
  double multiply_adds = 0;   // for one sample; of a product
  uint64_t weight_bytes = 0;  // of the weight that it reads, in float
};

struct RewrittenModel {
  Program program;
  ParameterPlans parameters;
  size_t frozen_ops = 0;            // of freeze; of weights those whose weights are stored
  std::vector<KeptOp> kept;         // of freeze and weights
  std::vector<OpOutcome> ops = {};  // of quantize: of each product, and of each other op that was asked for
  size_t folded = 0;                // of quantize: batch_norms that became a part of their convolution
  int64_t out_scales = 0;           // outputs whose scale was written into attributes
};

// For all but quantize, which quantize/inference has. `values` may be null for undo of a simulated program. Errors:
// those of the passes.
Result<RewrittenModel> RewriteModel(const ModelRequest& request, Program program, ParameterValues* values,
                                    Findings* findings);

// Reports what of the program is quantized in a form that the rewrite doesn't take. For who can't read the parameters:
// other forms store them in ways of their own.
void ReportOtherForms(ModelRewrite rewrite, const Program& program, Findings* findings);

// Whether undo has to read the parameters of the program: it is frozen.
bool UndoNeedsParameters(const Program& program);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_
