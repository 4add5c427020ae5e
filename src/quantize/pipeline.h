// Runs passes over a program, each on what the one before made of it.
#ifndef PDQUANT_QUANTIZE_PIPELINE_H_
#define PDQUANT_QUANTIZE_PIPELINE_H_

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "quantize/pass.h"

namespace pdquant {

// Each program, those that come in and what each pass makes of them, is parsed, indexed and checked once. What the last
// pass made stays a rope over the bytes that came in, unless the whole of it has to be read to be checked.
class Pipeline {
 public:
  // Without a startup program, `startup_findings` may be null. Findings have to outlive the pipeline.
  Pipeline(Program main, std::optional<Program> startup, Findings* findings, Findings* startup_findings);

  // Runs passes, behind those of earlier calls. All or nothing: after an error the programs are of no use. Errors:
  // kBadInput, with findings, where a program isn't well formed or a pass refuses it; kInternal, naming the pass, where
  // it made something unsound: something that breaks a rule, or that can't be read.
  Status Run(std::span<Pass* const> passes);

  bool main_changed() const { return main_->changed || !main_->edited.edits.empty(); }
  bool startup_changed() const { return startup_ != nullptr && (startup_->changed || !startup_->edited.edits.empty()); }

  // The programs as they are to be written; where nothing changed, the bytes that came in. The pieces view memory of
  // the pipeline. Errors: kBadInput where a program is larger than Paddle can read (2 GiB).
  Result<Rope> Main() { return main_->edited.edits.Apply(); }
  Result<Rope> Startup() { return startup_->edited.edits.Apply(); }
  // The main program, parsed. The pipeline is of no use afterwards. Errors: as of Main, and kInternal where it can't be
  // read.
  Result<Program> TakeMain();

 private:
  // A program with what is queued for it. It stays where it is, since the index and the edits refer to the program.
  struct Stage {
    explicit Stage(Program p) : program(std::move(p)), edited(program) {}

    Program program;
    EditableProgram edited;
    bool changed = false;  // it isn't the one that came in
  };

  Status CheckInput();
  Status CheckResult(const Pass& pass);
  // Makes a program of what is queued.
  static Status Advance(std::unique_ptr<Stage>* stage, Findings* findings);

  Findings* findings_;
  Findings* startup_findings_;
  std::unique_ptr<Stage> main_;
  std::unique_ptr<Stage> startup_;  // null without one
  bool checked_ = false;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_PIPELINE_H_
