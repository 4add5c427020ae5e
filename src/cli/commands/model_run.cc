#include "cli/commands/model_run.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/shell/inputs.h"
#include "cli/shell/outputs.h"
#include "cli/shell/signals.h"
#include "files/output.h"
#include "model/model_output.h"
#include "quantize/freeze/model_report.h"
#include "quantize/weights/model_parameters.h"

namespace pdquant {
namespace {

class ModelRun {
 public:
  ModelRun(ModelRewrite rewrite, const ModelArguments& arguments, const ModelRewriter& rewriter,
           const CommonOptions& common, Console* console)
      : rewrite_(rewrite),
        arguments_(arguments),
        rewriter_(rewriter),
        common_(common),
        console_(console),
        findings_(console->findings_capacity()) {}

  int Do() {
    const Status status = Prepare();
    console_->Report({{arguments_.model, &findings_}});
    if (!status.ok()) return console_->Fail(status);
    return Write();
  }

 private:
  // Everything that can be refused before a file is written.
  Status Prepare() {
    if (Status s = arguments_.Validate(); !s.ok()) return s;
    if (Status s = OpenProgram(arguments_.model, arguments_.params, common_.limits, &findings_, &input_); !s.ok())
      return s;
    const bool program_alone = IsProgramAlone(input_.files, *input_.program);
    if (program_alone && !arguments_.params_out.empty()) {
      return UsageError("--params-out needs --params: of a simulated program's file, undo takes the program alone");
    }
    if (arguments_.dry_run && arguments_.out.empty()) {
      output_.files = input_.files;  // as if it were in place
    } else {
      Result<ModelOutput> output =
          PlanOutput(input_.files, {arguments_.out, arguments_.params_out, arguments_.in_place}, !program_alone);
      if (!output.ok()) return output.status();
      output_ = std::move(*output);
    }
    if (!program_alone) {
      if (Status s = OpenParameters(&input_, &findings_, console_); !s.ok()) {
        ReportOtherForms(rewrite_, *input_.program, &findings_);
        return s;
      }
      values_.emplace(input_.parameters.get());
    }
    const std::array<FileRole, 1> outputs = {{{"--report", arguments_.report}}};
    if (Status s = CheckModel(input_.files, input_.parameters.get(), outputs); !s.ok()) return s;
    Result<RewrittenModel> model = rewriter_(std::move(*input_.program), values_ ? &*values_ : nullptr, &findings_);
    if (!model.ok()) return WithInput(arguments_.model, model.status());
    model_.emplace(std::move(*model));
    return values_ ? MakeOutputs() : Status();
  }

  // undo needs no parameters of a simulated program: neither for its file, nor where none are there.
  bool IsProgramAlone(const ModelFiles& files, const Program& program) const {
    if (rewrite_ != ModelRewrite::kUndo || !arguments_.params.empty()) return false;
    return (files.layout == ModelLayout::kFile || HasNoParameters(files, program)) && !UndoNeedsParameters(program);
  }

  Status MakeOutputs() {
    Result<std::vector<OutputParameter>> made =
        MakeParameters(model_->program, model_->parameters, input_.parameters.get(), &lines_, &findings_);
    if (!made.ok()) return made.status();
    parameters_ = std::move(*made);
    return CheckParameterFiles(output_, true, parameters_, &findings_);
  }

  int Write() {
    const BrokenPipeWaits broken_pipe_waits;
    OutputSet outputs;
    Status status = arguments_.dry_run ? Measure() : AddModel(&outputs);
    SortWorstFirst(&lines_);
    const CommandReport told = Tell();
    if (status.ok() && !arguments_.dry_run) status = AddReport(told, &outputs);
    return status.ok() ? PrintAndCommit(told, &outputs, console_) : console_->Fail(status);
  }

  // A dry run computes what the weights would be, for the report, and throws it away.
  Status Measure() {
    for (const OutputParameter& parameter : parameters_) {
      if (!parameter.produce) continue;
      if (Status s = parameter.produce([](std::string_view) { return Status(); }); !s.ok()) return s;
    }
    return {};
  }

  Status AddModel(OutputSet* outputs) {
    const std::string_view bytes = model_->program.bytes();
    const Rope rope = {{bytes}, bytes.size()};
    return WriteModel(output_, &rope, values_ ? &parameters_ : nullptr, outputs);
  }

  CommandReport Tell() const {
    const ModelReport report = {rewrite_, &*model_, &lines_};
    CommandReport told;
    told.path = arguments_.report;
    told.result_on_standard_output = arguments_.out == "-";
    if (!arguments_.report.empty()) told.json = ModelReportJson(report);
    if (console_->shows_summary()) told.summary = ModelSummary(report, arguments_.model, console_->list_limit());
    return told;
  }

  ModelRewrite rewrite_;
  const ModelArguments& arguments_;
  const ModelRewriter& rewriter_;
  const CommonOptions& common_;
  Console* console_;
  Findings findings_;
  ModelInput input_;  // its program goes into the new one
  ModelOutput output_;
  std::optional<FileParameterValues> values_;
  std::optional<RewrittenModel> model_;
  std::vector<OutputParameter> parameters_;
  std::vector<WeightLine> lines_;
};

}  // namespace

int RunModel(ModelRewrite rewrite, const ModelArguments& arguments, const ModelRewriter& rewriter,
             const CommonOptions& common, Console* console) {
  return ModelRun(rewrite, arguments, rewriter, common, console).Do();
}

}  // namespace pdquant
