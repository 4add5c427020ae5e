// How a command that rewrites a model reads it, writes it, and tells of it.
#ifndef PDQUANT_CLI_COMMANDS_MODEL_RUN_H_
#define PDQUANT_CLI_COMMANDS_MODEL_RUN_H_

#include <functional>

#include "base/finding.h"
#include "base/status.h"
#include "cli/commands/shared_options.h"
#include "cli/shell/command.h"
#include "cli/shell/console.h"
#include "ir/program.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// What it does to the model. The values are null where only the program was read (undo of a simulated program).
using ModelRewriter =
    std::function<Result<RewrittenModel>(Program program, ParameterValues* values, Findings* findings)>;

// Returns the exit code.
int RunModel(ModelRewrite rewrite, const ModelArguments& arguments, const ModelRewriter& rewriter,
             const CommonOptions& common, Console* console);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODEL_RUN_H_
