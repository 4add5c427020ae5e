#include "quantize/transpile/transpile_pass.h"

#include <algorithm>
#include <vector>

#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"
#include "quantize/refusals.h"
#include "quantize/transpile/transpiler.h"

namespace pdquant {
namespace {

bool Computes(const Index& index, OpId op) {
  return FindQuantizable(index.type(op)) != nullptr || FindQuantizableOfGradient(index.type(op)) != nullptr ||
         UpdatesParameter(index, op);
}

// Whether the ops of block 0 make persistable variables out of nothing: the program reads what it wrote itself only.
bool OnlyInitializes(const Index& index) {
  const Block& block = index.program().block(0);
  std::vector<bool> written(index.names().size());
  bool initializes = false;
  for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
    const auto inputs = index.inputs(op);
    const bool reads = std::any_of(inputs.begin(), inputs.end(), [&](const Argument& a) { return !written[a.name]; });
    if (reads || Computes(index, op) || IsFetch(index.type(op))) return false;
    for (const Argument& argument : index.outputs(op)) {
      written[argument.name] = true;
      const VarId var = index.Lookup(0, argument.name);
      initializes |= var != kNoVar && index.persistable(var);
    }
  }
  return initializes;
}

// The two programs given the wrong way round, or one for both.
void RefuseMixedUp(const PassContext& context) {
  constexpr char kHint[] = "PROGRAM is the training program, --startup the one that initializes its variables";
  if (OnlyInitializes(context.main->index)) {
    const char* text =
        "the program only initializes variables: it is a startup program, and there is nothing to quantize in it";
    if (context.startup == nullptr) return context.findings->Warning("mixed-up-programs", {}, text, kHint);
    context.findings->Error("mixed-up-programs", {}, text, kHint);
  }
  if (context.startup == nullptr) return;
  const Index& startup = context.startup->index;
  for (OpId op = 0; op < startup.program().op_count(); ++op) {
    if (!Computes(startup, op)) continue;
    return context.startup_findings->Error("mixed-up-programs", PlaceOfOp(startup, op),
                                           "a startup program doesn't compute: this is a training program", kHint);
  }
}

}  // namespace

Result<Outcome> TranspilePass::Run(const PassContext& context) {
  report_ = {};
  RefuseQuantized(context.main->index, "transpile the float program that training started from", context.findings);
  if (context.findings->has_errors()) return BadInput("the program is quantized already");
  RefuseMixedUp(context);
  if (context.findings->has_errors() || (context.startup != nullptr && context.startup_findings->has_errors()))
    return BadInput("the training program and the startup program were mixed up");
  Transpiler(context, options_, &report_).Run();
  if (context.findings->has_errors()) return BadInput("the program can't be rewritten soundly");
  return report_.changed() ? Outcome::kChanged : Outcome::kUnchanged;
}

}  // namespace pdquant
