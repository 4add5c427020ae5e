#include "cli/commands/diff_command.h"

#include <array>

#include "cli/commands/diff_git.h"
#include "cli/commands/diff_run.h"
#include "diff/diff_report.h"
#include "files/output.h"

namespace pdquant {
namespace {

void Report(const DiffRun& run, const DiffArguments& arguments, Console* console) {
  const std::array<InputFindings, 2> found = {InputFindings{arguments.inputs[0], &run.findings(0)},
                                              InputFindings{arguments.inputs[1], &run.findings(1)}};
  console->Report(found);
}

}  // namespace

int DiffCommand::Run(const CommonOptions& common, Console* console) {
  if (const Status status = arguments_.Validate(); !status.ok()) return console->Fail(status);
  if (arguments_.git) return RunDiffForGit(arguments_, common, console);
  DiffRun run(arguments_, common, console->findings_capacity());
  const Status compared = run.Compare(arguments_.inputs[0], arguments_.inputs[1]);
  Report(run, arguments_, console);
  if (!compared.ok()) return console->Fail(compared);
  Status output;
  const TextSink sink = [&output](std::string_view text) {
    output = WriteStandardOutput(text);
    return output.ok();
  };
  const bool equal = run.result()->equal();
  if (console->shows_summary() || arguments_.format != DiffFormat::kText) {
    DiffOutput options;
    options.format = arguments_.format;
    options.limit = console->list_limit();
    options.expand = arguments_.expand;
    WriteDiff(*run.result(), options, sink);
  }
  if (!output.ok()) return console->Fail(output);
  return equal ? kExitDone : kExitDifferent;
}

}  // namespace pdquant
