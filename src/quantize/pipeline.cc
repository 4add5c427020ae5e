#include "quantize/pipeline.h"

#include <string>
#include <utility>

#include "check/check.h"
#include "check/made.h"
#include "ir/wire_scan.h"
#include "paddle/quantization_ops.h"

namespace pdquant {

Pipeline::Pipeline(Program main, std::optional<Program> startup, Findings* findings, Findings* startup_findings)
    : findings_(findings), startup_findings_(startup_findings), main_(std::make_unique<Stage>(std::move(main))) {
  if (startup) startup_ = std::make_unique<Stage>(std::move(*startup));
}

Status Pipeline::CheckInput() {
  checked_ = true;
  CheckProgram(main_->edited.index, findings_);
  if (findings_->has_errors()) return BadInput("the program is not well formed");
  if (startup_ == nullptr) return {};
  CheckProgram(startup_->edited.index, startup_findings_);
  return startup_findings_->has_errors() ? BadInput("the startup program is not well formed") : Status();
}

// A program that was quantized before is read as a whole: the rules of quantization are about what all ops make of a
// value. Otherwise what was made tells it all.
Status Pipeline::CheckResult(const Pass& pass) {
  const EditableProgram& edited = main_->edited;
  CheckMade(edited.index, edited.edits, findings_);
  if (startup_ != nullptr) CheckMade(startup_->edited.index, startup_->edited.edits, startup_findings_);
  const bool read_whole = HasQuantizationOps(edited.index);
  if (!read_whole) CheckMadeQuantization(edited.index, edited.edits, findings_);
  Status read = read_whole && !findings_->has_errors() ? Advance(&main_, findings_) : Status();
  if (!read.ok() && read.code() != StatusCode::kInternal) return read;
  const bool unsound =
      !read.ok() || findings_->has_errors() || (startup_ != nullptr && startup_findings_->has_errors());
  if (!unsound) return {};
  return InternalError(std::string(pass.name()) + " made an unsound program; please report it with the program");
}

Status Pipeline::Advance(std::unique_ptr<Stage>* stage, Findings* findings) {
  Edits& edits = (*stage)->edited.edits;
  if (edits.empty()) return {};
  const Result<Rope> rope = edits.Apply();
  if (!rope.ok()) return rope.status();
  ScanLimits limits;  // those of the input were checked; a pass may add ops
  limits.max_ops = UINT64_MAX;
  Findings made;
  Result<Program> program = Program::Parse(Bytes::Take(rope->Flatten()), limits, &made);
  if (!program.ok()) return InternalError(program.status().message());
  auto next = std::make_unique<Stage>(std::move(*program));
  next->changed = true;
  CheckProgram(next->edited.index, &made);
  for (const Finding& finding : made.all()) {
    if (finding.level == Level::kError) findings->Add(finding);
  }
  if (made.has_errors()) return InternalError("a pass made an unsound program; please report it with the program");
  *stage = std::move(next);
  return {};
}

Status Pipeline::Run(std::span<Pass* const> passes) {
  if (!checked_) {
    if (Status s = CheckInput(); !s.ok()) return s;
  }
  for (Pass* pass : passes) {
    if (Status s = Advance(&main_, findings_); !s.ok()) return s;
    if (startup_ != nullptr) {
      if (Status s = Advance(&startup_, startup_findings_); !s.ok()) return s;
    }
    const Result<Outcome> outcome =
        pass->Run({&main_->edited, startup_ == nullptr ? nullptr : &startup_->edited, findings_, startup_findings_});
    if (!outcome.ok()) return outcome.status();
    if (*outcome == Outcome::kUnchanged) continue;
    if (Status s = CheckResult(*pass); !s.ok()) return s;
  }
  return {};
}

Result<Program> Pipeline::TakeMain() {
  if (Status s = Advance(&main_, findings_); !s.ok()) return s;
  return std::move(main_->program);
}

}  // namespace pdquant
