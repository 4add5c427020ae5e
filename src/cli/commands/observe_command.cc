#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "cli/commands/commands.h"
#include "cli/commands/shared_options.h"
#include "cli/shell/inputs.h"
#include "cli/shell/outputs.h"
#include "cli/shell/signals.h"
#include "files/output.h"
#include "model/model_output.h"
#include "model/scales_file.h"
#include "paddle/quantization_ops.h"
#include "quantize/observe/observe_pass.h"
#include "quantize/observe/twin_pass.h"
#include "quantize/pipeline.h"
#include "quantize/weights/model_parameters.h"

namespace pdquant {
namespace {

// What the command line of `observe` says.
struct ObserveArguments : ModelPaths {
  std::string histogram;  // a scales file
  std::string against;    // a quantized model
  bool portable = false;
  bool dry_run = false;
  SelectionOptions selection;

  void AddTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
};

class ObserveRun {
 public:
  ObserveRun(const ObserveArguments& arguments, const ObserveOptions& options, const CommonOptions& common,
             Console* console)
      : arguments_(arguments),
        common_(common),
        console_(console),
        findings_(console->findings_capacity()),
        quantized_findings_(console->findings_capacity()),
        pass_(&options) {}

  int Do() {
    const Status status = Prepare();
    console_->Report({{arguments_.model, &findings_}, {arguments_.against, &quantized_findings_}});
    return status.ok() ? Write() : console_->Fail(status);
  }

 private:
  // Everything that can be refused before a file is written.
  Status Prepare() {
    if (Status s = OpenFloatModel(); !s.ok()) return s;
    const Status measured =
        arguments_.against.empty() ? Run(std::move(*model_.program), &pass_) : MeasureTwin(*model_.program);
    return measured.ok() ? MakeOutputs() : measured;
  }

  Status OpenFloatModel() {
    if (Status s = OpenProgram(arguments_.model, arguments_.params, common_.limits, &findings_, &model_); !s.ok())
      return s;
    const bool program_alone = HasNoParameters(model_.files, *model_.program);
    if (program_alone && !arguments_.params_out.empty())
      return UsageError("--params-out needs parameters; say with --params where they are");
    if (!arguments_.out.empty()) {
      Result<ModelOutput> output =
          PlanOutput(model_.files, {arguments_.out, arguments_.params_out, false}, !program_alone);
      if (!output.ok()) return output.status();
      output_ = std::move(*output);
    }
    return program_alone ? Status() : OpenParameters(&model_, &findings_, console_);
  }

  Status Run(Program program, Pass* pass) {
    Pipeline pipeline(std::move(program), std::nullopt, &findings_, nullptr);
    const std::array<Pass*, 1> passes = {pass};
    if (Status s = pipeline.Run(passes); !s.ok()) return WithInput(arguments_.model, s);
    Result<Program> made = pipeline.TakeMain();
    if (!made.ok()) return made.status();
    made_.emplace(std::move(*made));
    return {};
  }

  Status CheckFloatProgram(const Index& index) {
    if (Status s = CheckWellFormed(index); !s.ok()) return s;
    if (Status s = CheckObservable(index); !s.ok()) return s;
    if (!HasQuantizationOps(index)) return {};
    return BadInput("the program is quantized already; MODEL is the float model, --against the quantized one");
  }

  Status MeasureTwin(const Program& float_program) {
    if (Status s = CheckFloatProgram(Index(float_program)); !s.ok()) return WithInput(arguments_.model, s);
    if (Status s = OpenQuantizedModel(); !s.ok()) return s;
    Result<Twin> twin = MakeTwin(float_program, *quantized_.program, &quantized_findings_);
    if (!twin.ok()) return WithInput(arguments_.against, twin.status());
    quantized_.program.reset();
    ScanLimits limits;  // those of the two programs were checked
    limits.max_ops = UINT64_MAX;
    Result<Program> both = Program::Parse(Bytes::Take(std::move(twin->bytes)), limits, &findings_);
    if (!both.ok()) return InternalError(both.status().message());
    twin_pass_.emplace(std::move(twin->outputs));
    return Run(std::move(*both), &*twin_pass_);
  }

  Status OpenQuantizedModel() {
    if (Status s = OpenProgram(arguments_.against, "", common_.limits, &quantized_findings_, &quantized_); !s.ok())
      return s;
    if (Status s = CheckWellFormed(Index(*quantized_.program)); !s.ok()) return WithInput(arguments_.against, s);
    return model_.parameters == nullptr ? Status() : OpenParameters(&quantized_, &quantized_findings_, console_);
  }

  Status MakeOutputs() {
    if (twin_pass_) return MakeTwinOutputs();
    if (model_.parameters == nullptr) {
      if (pass_.constants().empty()) return {};
      return UsageError(
          "histograms need the model's parameters, to which some are added; say with --params where "
          "they are");
    }
    ParameterPlans plans;
    for (const auto& [name, values] : pass_.constants()) {
      ParameterPlan& plan = plans[name];
      plan.scales.values = values;
      plan.dims = {1, static_cast<int64_t>(values.size())};
    }
    std::vector<WeightLine> none;
    Result<std::vector<OutputParameter>> made =
        MakeParameters(*made_, plans, model_.parameters.get(), &none, &findings_);
    if (!made.ok()) return made.status();
    parameters_ = std::move(*made);
    return arguments_.out.empty() ? Status() : CheckParameterFiles(output_, true, parameters_, &findings_);
  }

  // Those of both models.
  Status MakeTwinOutputs() {
    for (const auto& [reader, prefix] :
         {std::pair(model_.parameters.get(), kFloatTwin), {quantized_.parameters.get(), kQuantizedTwin}}) {
      if (reader != nullptr) AddCopies(reader, prefix, &parameters_);
    }
    return arguments_.out.empty() ? Status() : CheckParameterFiles(output_, true, parameters_, &findings_);
  }

  int Write() {
    const BrokenPipeWaits broken_pipe_waits;
    OutputSet outputs;
    const CommandReport told = Tell();
    if (arguments_.dry_run) return console_->Fail(Print(told));
    const std::string_view bytes = made_->bytes();
    const Rope rope = {{bytes}, bytes.size()};
    const Status status = WriteModel(output_, &rope, model_.parameters ? &parameters_ : nullptr, &outputs);
    return status.ok() ? PrintAndCommit(told, &outputs, console_) : console_->Fail(status);
  }

  CommandReport Tell() const {
    CommandReport told;
    told.result_on_standard_output = arguments_.out == "-";
    if (!console_->shows_summary()) return told;
    if (twin_pass_) {
      const ObservedList& list = twin_pass_->list();
      told.summary = NameOfInput(arguments_.model) + ": the outputs of " +
                     Counted(list.values.size(), "op").append(" compared with ") + NameOfInput(arguments_.against) +
                     " in the output '" + std::string(kObservedOutput) + "', " + Counted(list.row_size(), "number") +
                     " a batch\n";
      return told;
    }
    const ObservedList& list = pass_.list();
    told.summary = NameOfInput(arguments_.model) + ": " + Counted(list.values.size(), "value") + " of " +
                   Counted(pass_.found().ops, "op") + " observed in the output '" + std::string(kObservedOutput) +
                   "', " + Counted(list.row_size(), "number") + " a batch";
    if (const size_t left = pass_.found().left_out.size(); left != 0)
      told.summary += ", " + Counted(left, "value") + " left out";
    if (pass_.measures_in_loops()) told.summary += "; some are measured in loops: run it without oneDNN";
    told.summary += "\n";
    return told;
  }

  const ObserveArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Findings findings_;
  Findings quantized_findings_;
  ModelInput model_;      // its program goes into the new one, but for that of a twin
  ModelInput quantized_;  // of a twin, as is its pass
  ObservePass pass_;
  ModelOutput output_;
  std::optional<TwinPass> twin_pass_;
  std::optional<Program> made_;
  std::vector<OutputParameter> parameters_;
};

// `pdquant observe MODEL`: gives a float model one more output, which says what its activations are.
int RunObserve(const ObserveArguments& arguments, const CommonOptions& common, Console* console) {
  Result<SelectionRules> rules = arguments.selection.Rules();
  if (!rules.ok()) return console->Fail(rules.status());
  ObserveOptions options;
  options.rules = std::move(*rules);
  options.portable = arguments.portable;
  std::optional<ScalesFile> scales;
  if (!arguments.histogram.empty()) {
    Result<ScalesFile> read = ScalesFile::Read(arguments.histogram);
    if (!read.ok()) return console->Fail(read.status());
    scales = std::move(*read);
    options.limit_of = [&scales](std::string_view variable) { return scales->Find(variable); };
  }
  return ObserveRun(arguments, options, common, console).Do();
}

}  // namespace

void ObserveArguments::AddTo(OptionList* options) {
  ModelPaths::AddTo(options);
  options->Flag("--dry-run", "print what would be observed and write nothing", &dry_run, PathRole::kResult);
  options->SetGroup("Observation");
  options->InputPath("--histogram", "SCALES",
                     "count how often each activation is how large, from 0 to its scale in this file, which read "
                     "wrote: for the scales percentile, kl and mse",
                     &histogram);
  options->Flag("--portable",
                "count by ops that every runtime has, not by the op histogram of Paddle 2: many times slower",
                &portable);
  options->InputPath("--against", "QUANTIZED",
                     "a model that holds MODEL and this quantized one, and says how far each quantized op is off: for "
                     "a ranking by read",
                     &against);
  selection.words.defaults = DefaultSelection::kProducts;
  selection.AddTo(options);
}

Status ObserveArguments::Validate() const {
  if (out.empty() && !dry_run) return UsageError("one of -o and --dry-run is required");
  if (out.empty() && !params_out.empty()) return UsageError("--params-out needs -o");
  if (portable && histogram.empty()) return UsageError("--portable is for --histogram");
  if (!against.empty() && !histogram.empty()) return UsageError("--against and --histogram exclude each other");
  const std::array<FileRole, 2> inputs = {{{"--rules", selection.rules_file}, {"--histogram", histogram}}};
  const std::array<FileRole, 2> outputs = {{{"-o", out}, {"--params-out", params_out}}};
  return CheckRoles(inputs, outputs);
}

std::unique_ptr<Command> MakeObserveCommand() { return std::make_unique<CommandOf<ObserveArguments, RunObserve>>(); }

}  // namespace pdquant
