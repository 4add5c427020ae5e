#include "cli/check_command.h"

#include "base/counted.h"
#include "base/output.h"
#include "check/check.h"
#include "io/program_file.h"
#include "ir/index.h"

namespace pdquant {
namespace {

// "1 block, 534 ops, 1103 variables"
std::string Contents(const Program& program) {
  return Counted(program.blocks().size(), "block") + ", " + Counted(program.op_count(), "op") + ", " +
         Counted(program.var_count(), "variable");
}

std::string Verdict(const Program& program, const Findings& findings) {
  const size_t warnings = findings.count(Level::kWarning);
  const std::string tail = warnings == 0 ? "" : ", " + Counted(warnings, "warning");
  if (findings.has_errors()) return Counted(findings.count(Level::kError), "error") + tail;
  return "well formed: " + Contents(program) + tail;
}

}  // namespace

void CheckCommand::AddOptions(OptionList* options) {
  options->Argument("PROGRAM", "a file with a serialized ProgramDesc, or - for standard input", &program_);
}

int CheckCommand::Run(const CommonOptions& common, Console* console) {
  Findings findings(console->findings_capacity());
  const Result<Program> program = LoadProgram(program_, common.limits, &findings);
  if (program.ok()) CheckProgram(Index(*program), &findings);
  const InputFindings found = {program_, &findings};
  console->Report({&found, 1});
  if (!program.ok()) return console->Fail(program.status());
  if (console->shows_summary()) {
    const std::string line = NameOfInput(program_) + ": " + Verdict(*program, findings) + "\n";
    if (const Status status = WriteStandardOutput(line); !status.ok()) return console->Fail(status);
  }
  return findings.has_errors() ? kExitBreaksRules : kExitDone;
}

}  // namespace pdquant
