// What `freeze`, `int8` and `undo` do to a model: the passes in their order, and the parameters that come of them.
#ifndef PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_
#define PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

enum class ModelRewrite { kFreeze, kInt8, kUndo };

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

// `values` may be null for undo of a simulated program. Errors: those of the passes.
Result<RewrittenModel> RewriteModel(ModelRewrite rewrite, Program program, ParameterValues* values, Findings* findings);

// Whether undo has to read the parameters of the program: it is frozen.
bool UndoNeedsParameters(const Program& program);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_MODEL_REWRITE_H_
