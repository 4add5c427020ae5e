#include "quantize/pipeline.h"

#include <utility>

#include "ir/wire_scan.h"

namespace pdquant {

Result<Program> RunPasses(Program program, std::span<Pass* const> passes, Findings* findings) {
  for (Pass* pass : passes) {
    EditableProgram edited(program);
    const Result<Outcome> outcome = RunPass(pass, {&edited, nullptr, findings, nullptr});
    if (!outcome.ok()) return outcome.status();
    if (*outcome == Outcome::kUnchanged) continue;
    const Result<Rope> rope = edited.edits.Apply();
    if (!rope.ok()) return rope.status();
    ScanLimits limits;  // those of the input were checked; a pass may add ops
    limits.max_ops = UINT64_MAX;
    Findings made;
    Result<Program> next = Program::Parse(Bytes::Copy(rope->Flatten()), limits, &made);
    if (!next.ok() || made.has_errors())
      return InternalError("a pass made a program that can't be read; please report it with the program");
    program = std::move(*next);
  }
  return program;
}

}  // namespace pdquant
