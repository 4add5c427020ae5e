#include "cli/commands/model_command.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "cli/shell/command_report.h"
#include "cli/shell/inputs.h"
#include "cli/shell/signals.h"
#include "files/output.h"
#include "model/model_output.h"
#include "paddle/scale_kinds.h"
#include "quantize/freeze/model_report.h"
#include "quantize/options.h"
#include "quantize/weights/model_parameters.h"

namespace pdquant {
namespace {

class ModelRun {
 public:
  ModelRun(const ModelArguments& arguments, const CommonOptions& common, Console* console)
      : rewrite_(arguments.request.rewrite),
        arguments_(arguments),
        common_(common),
        console_(console),
        findings_(console->findings_capacity()) {}

  int Do() {
    const Status status = Prepare();
    const std::array<InputFindings, 1> found = {{{arguments_.model, &findings_}}};
    console_->Report(found);
    if (!status.ok()) return console_->Fail(status);
    return Write();
  }

 private:
  // Everything that can be refused before a file is written.
  Status Prepare() {
    if (Status s = arguments_.Validate(); !s.ok()) return s;
    Result<ModelFiles> files = FindModel(arguments_.model, arguments_.params);
    if (!files.ok()) return files.status();
    Result<Program> program = LoadProgram(files->program, common_.limits, &findings_);
    if (!program.ok()) return program.status();
    const bool program_alone = IsProgramAlone(*files, *program);
    if (program_alone && !arguments_.params_out.empty()) {
      return UsageError("--params-out needs --params: of a simulated program's file, undo takes the program alone");
    }
    if (arguments_.dry_run && arguments_.out.empty()) {
      output_.files = *files;  // as if it were in place
    } else {
      Result<ModelOutput> output =
          PlanOutput(*files, {arguments_.out, arguments_.params_out, arguments_.in_place}, !program_alone);
      if (!output.ok()) return output.status();
      output_ = std::move(*output);
    }
    if (!program_alone) {
      Result<std::unique_ptr<ParameterReader>> reader = OpenParameters(*files, *program, &findings_);
      if (!reader.ok()) {
        ReportOtherForms(rewrite_, *program, &findings_);
        return reader.status();
      }
      reader_ = std::move(*reader);
      TellIgnored(*files, *reader_, console_);
      values_.emplace(reader_.get());
    }
    Result<RewrittenModel> model =
        RewriteModel(arguments_.request, std::move(*program), values_ ? &*values_ : nullptr, &findings_);
    if (!model.ok()) {
      const Status& status = model.status();
      // A failure to read names its file itself.
      return status.code() == StatusCode::kIo
                 ? status
                 : Status(status.code(), NameOfInput(arguments_.model) + ": " + status.message());
    }
    model_.emplace(std::move(*model));
    return reader_ ? MakeOutputs() : Status();
  }

  // undo needs no parameters of a simulated program: neither for its file, nor where none are there.
  bool IsProgramAlone(const ModelFiles& files, const Program& program) const {
    if (rewrite_ != ModelRewrite::kUndo || !arguments_.params.empty()) return false;
    return (files.layout == ModelLayout::kFile || HasNoParameters(files, program)) && !UndoNeedsParameters(program);
  }

  Status MakeOutputs() {
    Result<std::vector<OutputParameter>> made =
        MakeParameters(model_->program, model_->parameters, reader_.get(), &lines_, &findings_);
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
    return WriteModel(output_, &rope, reader_ ? &parameters_ : nullptr, outputs);
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
  const CommonOptions& common_;
  Console* console_;
  Findings findings_;
  ModelOutput output_;
  std::unique_ptr<ParameterReader> reader_;
  std::optional<FileParameterValues> values_;
  std::optional<RewrittenModel> model_;
  std::vector<OutputParameter> parameters_;
  std::vector<WeightLine> lines_;
};

}  // namespace

void ModelArguments::AddFormTo(OptionList* options) {
  options->SetGroup("Quantization");
  options->Choice(
      "--form", "FORM",
      "the form of the frozen model: legacy (integers in float\nparameters, products scaled back) or linear "
      "(INT8 weights,\nquantize_linear, dequantize_linear); default: the simulation's",
      "legacy or linear", [this](std::string_view word) {
        const std::optional<QuantizationForm> found = FindForm(word);
        if (!found || *found == QuantizationForm::kFused) return false;
        request.form = found;
        return true;
      });
}

void ModelArguments::AddWeightsTo(OptionList* options) {
  static constexpr Words<int32_t, 2> kBits = {{{"8", 8}, {"16", 16}}};
  static const Words<bool, 2> kScales = {{{ScaleOfStep(QuantizationForm::kLegacy, false).word, false},
                                          {ScaleOfStep(QuantizationForm::kLegacy, true).word, true}}};
  static constexpr Words<Target, 1> kTargets = {{{"lite", Target::kLite}}};
  options->SetGroup("Quantization");
  options->Choice("--bits", "BITS", "the bits of the integers: 8 (default) or 16", kBits, &request.weights.bits);
  options->Choice("--weight-quantize-type", "TYPE",
                  "how the scale of a weight is found; the default is a scale\nfor each channel", kScales,
                  &request.weights.per_channel);
  options->Choice("--target", "NAME", "the engine that is to take the model: lite, which alone\ntakes such storage",
                  kTargets, &request.target);
  selection.AddTo(options);
}

void ModelArguments::AddTo(OptionList* options) {
  options->Argument(
      "MODEL", "the model: a folder with __model__ or one *.pdmodel, a\nprefix P with P.pdmodel, or the program's file",
      &model);
  options->SetGroup("Files");
  options->InputPath(
      "--params", "FILE|DIR",
      "the parameters, where they don't lie beside the program:\na combined file, or a folder of separate files",
      &params);
  options->OutputPath("-o,--out", "OUT", "where the new model goes: a folder, a prefix or a file,\nas MODEL is", &out,
                      PathRole::kResult);
  options->OutputPath("--params-out", "FILE|DIR", "where the new parameters go", &params_out);
  options->Flag("--in-place", "replace MODEL, instead of -o", &in_place, PathRole::kResult);
  options->Flag("--dry-run", "print the plan and write nothing", &dry_run, PathRole::kResult);
  options->OutputPath("--report", "FILE", "write what was done to which weight as JSON;\n- is standard output",
                      &report);
}

Status ModelArguments::Validate() const {
  if (in_place && !out.empty()) return UsageError("-o and --in-place exclude each other");
  if (in_place && !params_out.empty()) return UsageError("--params-out and --in-place exclude each other");
  if (out.empty() && !in_place && !dry_run) return UsageError("one of -o, --in-place and --dry-run is required");
  if (out.empty() && !params_out.empty()) return UsageError("--params-out needs -o");
  return {};
}

Status ModelArguments::ReadRules() {
  if (request.rewrite != ModelRewrite::kWeights) return {};
  Result<SelectionRules> rules = selection.Rules();
  if (rules.ok()) rules = RulesForWeightOnly(std::move(*rules));
  if (!rules.ok()) return rules.status();
  request.weights.rules = std::move(*rules);
  return {};
}

int ModelCommand::Run(const CommonOptions& common, Console* console) {
  if (const Status status = arguments_.ReadRules(); !status.ok()) return console->Fail(status);
  return ModelRun(arguments_, common, console).Do();
}

}  // namespace pdquant
