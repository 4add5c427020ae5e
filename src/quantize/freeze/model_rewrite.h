// What `freeze`, `int8` and `undo` do to a model: the passes in their order, and the parameters that come of them.
#ifndef PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_
#define PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "paddle/quantization_ops.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

enum class ModelRewrite { kFreeze, kInt8, kUndo };

// The name of the command.
std::string_view ToString(ModelRewrite rewrite);

struct RewrittenModel {
  Program program;
  ParameterPlans parameters;
  size_t frozen_ops = 0;  // of freeze
  // Ops that freeze left as they were.
  struct Kept {
    Place place;
    std::string why;
  };
  std::vector<Kept> kept;
};

// `values` may be null for undo of a simulated program; `form` is that of the frozen program, that of the simulation by
// default. Errors: those of the passes.
Result<RewrittenModel> RewriteModel(ModelRewrite rewrite, Program program, ParameterValues* values, Findings* findings,
                                    std::optional<QuantizationForm> form = std::nullopt);

// Reports what of the program is quantized in a form that the rewrite doesn't take. For who can't read the parameters:
// other forms store them in ways of their own.
void ReportOtherForms(ModelRewrite rewrite, const Program& program, Findings* findings);

// Whether undo has to read the parameters of the program: it is frozen.
bool UndoNeedsParameters(const Program& program);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_
