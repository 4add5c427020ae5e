// Rewrites of models, and what has to hold of each result. What a fuzz target of models links: its inputs are
// ModelInputs, and their programs are mutated field by field.
#ifndef PDQUANT_TOOLS_FUZZ_MODEL_REWRITING_H_
#define PDQUANT_TOOLS_FUZZ_MODEL_REWRITING_H_

#include <functional>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "model_input.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant::fuzz {

struct Model {
  std::string program;
  std::string parameters;  // of a combined file
};

// Nothing where the program is refused.
std::optional<Model> ReadModel(const ModelInput& input);

using ModelRewriter = std::function<Result<RewrittenModel>(Program, ParameterValues*, Findings*)>;

// Nothing where the model is refused. Dies where nothing says why; and of a result that isn't well formed,
// or whose parameters aren't finite or don't fit it.
std::optional<Model> Rewrite(const Model& model, const ModelRewriter& rewrite);

}  // namespace pdquant::fuzz

#endif  // PDQUANT_TOOLS_FUZZ_MODEL_REWRITING_H_
