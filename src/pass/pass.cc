#include "pass/pass.h"

#include <string>

#include "check/check.h"
#include "check/made.h"

namespace pdquant {

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
  const bool unsound =
      context.findings->has_errors() || (context.startup != nullptr && context.startup_findings->has_errors());
  if (unsound)
    return InternalError(std::string(pass->name()) + " made an unsound program; please report it with the program");
  return outcome;
}

}  // namespace pdquant
