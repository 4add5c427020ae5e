#include "quantize/transpile/transpile_pass.h"

#include "check/rules.h"
#include "paddle/quantization_ops.h"
#include "quantize/transpile/transpiler.h"

namespace pdquant {
namespace {

// Quantizing twice is never meant: every rounding would be rounded again.
void RefuseQuantized(const Index& index, Findings* findings) {
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (!IsQuantizationOp(index.type(op))) continue;
    findings->Error("already-quantized", PlaceOfOp(index, op), "the program is quantized already",
                    "transpile the float program that training started from");
  }
}

}  // namespace

Result<Outcome> TranspilePass::Run(const PassContext& context) {
  report_ = {};
  RefuseQuantized(context.main->index, context.findings);
  if (context.findings->has_errors()) return BadInput("the program is quantized already");
  Transpiler transpiler(context, options_, &report_);
  transpiler.Run();
  if (context.findings->has_errors()) return BadInput("the program can't be rewritten soundly");
  return report_.changed() ? Outcome::kChanged : Outcome::kUnchanged;
}

}  // namespace pdquant
