#include "quantize/pass.h"

#include <string>

#include "check/check.h"
#include "check/made.h"
#include "check/rules.h"
#include "ir/wire_scan.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

// A program that was quantized before is read as a whole: the rules of quantization are about what all ops make of a
// value. Otherwise what was made tells it all.
void CheckQuantizationAfter(EditableProgram* edited, Findings* findings) {
  if (!HasQuantizationOps(edited->index)) return CheckMadeQuantization(edited->index, edited->edits, findings);
  const Result<Rope> rope = edited->edits.Apply();
  if (!rope.ok()) return;  // too large to be written: who writes it says so
  ScanLimits limits;       // those of the input were checked; a pass may add ops
  limits.max_ops = UINT64_MAX;
  const Result<Program> program = Program::Parse(Bytes::Copy(rope->Flatten()), limits, findings);
  if (program.ok()) CheckQuantization(Index(*program), findings);
}

}  // namespace

Result<Outcome> RunPass(Pass* pass, const PassContext& context) {
  CheckProgram(context.main->index, context.findings);
  if (context.findings->has_errors()) return BadInput("the program is not well formed");
  if (context.startup != nullptr) {
    CheckProgram(context.startup->index, context.startup_findings);
    if (context.startup_findings->has_errors()) return BadInput("the startup program is not well formed");
  }
  Result<Outcome> outcome = pass->Run(context);
  if (!outcome.ok()) return outcome;
  CheckMade(context.main->index, context.main->edits, context.findings);
  if (context.startup != nullptr) CheckMade(context.startup->index, context.startup->edits, context.startup_findings);
  if (*outcome == Outcome::kChanged) CheckQuantizationAfter(context.main, context.findings);
  const bool unsound =
      context.findings->has_errors() || (context.startup != nullptr && context.startup_findings->has_errors());
  if (unsound)
    return InternalError(std::string(pass->name()) + " made an unsound program; please report it with the program");
  return outcome;
}

}  // namespace pdquant
