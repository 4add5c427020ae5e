#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "base/words.h"
#include "cli/commands/commands.h"
#include "cli/commands/shared_options.h"
#include "cli/shell/inputs.h"
#include "cli/shell/outputs.h"
#include "cli/shell/signals.h"
#include "files/output.h"
#include "model/program_file.h"
#include "quantize/options.h"
#include "quantize/pipeline.h"
#include "quantize/transpile/transpile_pass.h"

namespace pdquant {
namespace {

// What the command line of `transpile` says. Empty paths were not given.
struct TranspileArguments {
  std::string program;
  std::string out;
  std::string startup;
  std::string startup_out;
  std::string report;
  bool dry_run = false;
  bool in_place = false;
  TranspileOptions quantization;  // its rules come from `selection`
  SelectionOptions selection;

  void AddTo(OptionList* options);

  // Do the options make sense together, and are inputs and outputs different files? Reads the rules. Errors: kUsage;
  // kIo where they can't be read.
  Status Validate();

  // Where the programs go.
  const std::string& main_destination() const { return in_place ? program : out; }
  const std::string& startup_destination() const { return in_place ? startup : startup_out; }
  // Whether something other than the summary goes to standard output.
  bool uses_standard_output() const;
};

// Adds an option of the pass to those of the command line.
struct OptionAdder {
  const PassOption& option;
  TranspileOptions* values;
  OptionList* list;

  void operator()(bool TranspileOptions::*field) const { list->Flag(option.name, option.help, &(values->*field)); }
  void operator()(int32_t TranspileOptions::*field) const {
    list->Integer(option.name, option.help, &(values->*field), in_range());
  }
  void operator()(float TranspileOptions::*field) const {
    list->Number(option.name, option.help, &(values->*field), in_range());
  }
  void operator()(const ScaleKind* TranspileOptions::*field) const {
    TranspileOptions* to = values;
    list->Choice(option.name, "TYPE", option.help, ScaleWords(),
                 [to, field](std::string_view word) { to->*field = FindScaleKind(word); });
  }
  void operator()(QuantizationForm TranspileOptions::*field) const {
    TranspileOptions* to = values;
    list->Choice(option.name, "FORM", option.help, FormWords(),
                 [to, field](std::string_view word) { to->*field = *FindForm(word); });
  }

 private:
  std::function<Status()> in_range() const {
    return [to = values] { return pdquant::Validate(*to); };
  }
};

// One of the two programs, with all that is found in it.
struct Input {
  Input(const std::string& file, const Console& console) : path(file), findings(console.findings_capacity()) {}

  bool given() const { return !path.empty(); }

  Status Load(const LoadLimits& limits, Console* console) {
    if (!given()) return {};
    Result<Program> loaded = LoadProgram(path, limits, &findings);
    if (!loaded.ok()) return loaded.status();
    program.emplace(std::move(*loaded));
    if (console->shows_info()) {
      console->Info(NameOfInput(path) + ": read: " + Counted(program->bytes().size(), "byte") + ", " +
                    Counted(program->op_count(), "op"));
    }
    return {};
  }

  const std::string& path;
  Findings findings;
  std::optional<Program> program;
};

class TranspileRun {
 public:
  TranspileRun(const TranspileArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments),
        common_(common),
        console_(console),
        main_(arguments.program, *console),
        startup_(arguments.startup, *console),
        pass_(arguments.quantization) {}

  int Do() {
    const int loaded = Load();
    if (loaded != kExitDone) return loaded;
    pipeline_.emplace(std::move(*main_.program), std::move(startup_.program), &main_.findings, &startup_.findings);
    const std::array<Pass*, 1> passes = {&pass_};
    const Status rewritten = pipeline_->Run(passes);
    Report();
    if (!rewritten.ok()) return console_->Fail(WithInput(arguments_.program, rewritten));
    console_->Debug("rewritten");
    return arguments_.dry_run ? console_->Fail(Print(Tell())) : Write();
  }

 private:
  // Loads both programs before it gives up, so that one run tells of both.
  int Load() {
    const Status main = main_.Load(common_.limits, console_);
    const Status startup = startup_.Load(common_.limits, console_);
    if (main.ok() && startup.ok()) return kExitDone;
    Report();
    if (!startup.ok()) console_->Fail(startup);
    if (!main.ok()) console_->Fail(main);
    return static_cast<int>(main.ok() ? startup.code() : main.code());
  }

  void Report() { console_->Report({{main_.path, &main_.findings}, {startup_.path, &startup_.findings}}); }

  CommandReport Tell() const {
    CommandReport told;
    told.path = arguments_.report;
    told.result_on_standard_output = arguments_.uses_standard_output();
    if (!arguments_.report.empty())
      told.json = TranspileReportJson(pass_.report(), arguments_.quantization, startup_.given());
    if (!console_->shows_summary()) return told;
    SummaryStyle style;
    style.program = arguments_.program;
    style.plan = arguments_.dry_run;
    style.startup_given = startup_.given();
    style.list_limit = console_->list_limit();
    told.summary = TranspileSummary(pass_.report(), style);
    return told;
  }

  Status AddProgram(const Input& input, const Result<Rope>& rope, const std::string& destination, OutputSet* outputs) {
    if (!rope.ok()) return WithInput(input.path, rope.status());
    if (console_->shows_info()) console_->Info(Quote(destination) + ": to write: " + Counted(rope->size, "byte"));
    return outputs->Add(destination, rope->pieces);
  }

  int Write() {
    const BrokenPipeWaits broken_pipe_waits;
    OutputSet outputs;
    // In place, what didn't change is what it has to be.
    Status status;
    if (!arguments_.in_place || pipeline_->main_changed())
      status = AddProgram(main_, pipeline_->Main(), arguments_.main_destination(), &outputs);
    if (status.ok() && startup_.given() && (!arguments_.in_place || pipeline_->startup_changed()))
      status = AddProgram(startup_, pipeline_->Startup(), arguments_.startup_destination(), &outputs);
    const CommandReport told = Tell();
    if (status.ok()) status = AddReport(told, &outputs);
    return status.ok() ? PrintAndCommit(told, &outputs, console_) : console_->Fail(status);
  }

  const TranspileArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Input main_;
  Input startup_;
  TranspilePass pass_;
  std::optional<Pipeline> pipeline_;
};

// `pdquant transpile PROGRAM`: rewrites a training program, and its startup program, for simulated quantization.
int RunTranspile(const TranspileArguments& arguments, const CommonOptions& common, Console* console) {
  return TranspileRun(arguments, common, console).Do();
}

}  // namespace

void TranspileArguments::AddTo(OptionList* options) {
  options->Argument("PROGRAM", "the training program: a file with a serialized ProgramDesc, or - for standard input",
                    &program);
  options->SetGroup("Files");
  options->OutputPath("-o,--out", "FILE", "where the rewritten program goes; - is standard output", &out,
                      PathRole::kResult);
  options->InputPath("--startup", "FILE", "the startup program; it gets the initializers of what is added", &startup);
  options->OutputPath("--startup-out", "FILE", "where the rewritten startup program goes", &startup_out);
  options->Flag("--in-place", "replace PROGRAM, and the startup program, instead of -o", &in_place, PathRole::kResult);
  options->Flag("--dry-run", "print the plan and write nothing", &dry_run, PathRole::kResult);
  options->OutputPath("--report", "FILE", "write what was done to which op, and why, as JSON; - is standard output",
                      &report);
  options->SetGroup("Quantization");
  for (const PassOption& option : TranspileOptionTable())
    std::visit(OptionAdder{option, &quantization, options}, option.field);
  selection.AddTo(options);
}

bool TranspileArguments::uses_standard_output() const {
  return report == "-" || (!dry_run && (out == "-" || startup_out == "-"));
}

Status TranspileArguments::Validate() {
  if (in_place && !out.empty()) return UsageError("-o and --in-place exclude each other");
  if (in_place && !startup_out.empty()) return UsageError("--startup-out and --in-place exclude each other");
  if (out.empty() && !in_place && !dry_run) return UsageError("one of -o, --in-place and --dry-run is required");
  if (startup.empty() && !startup_out.empty()) return UsageError("--startup-out needs --startup");
  if (!startup.empty() && startup_out.empty() && !in_place && !dry_run) {
    return UsageError("--startup needs --startup-out or --in-place");
  }
  if (in_place && (program == "-" || startup == "-")) return UsageError("--in-place can't replace standard input");
  const std::array<FileRole, 3> inputs = {
      {{"PROGRAM", program}, {"--startup", startup}, {"--rules", selection.rules_file}}};
  const std::array<FileRole, 3> outputs = {{{"-o", out}, {"--startup-out", startup_out}, {"--report", report}}};
  if (Status status = CheckRoles(inputs, outputs); !status.ok()) return status;
  if (in_place) {
    if (Status status = CheckRoles({}, inputs); !status.ok()) return status;
  }
  Result<SelectionRules> rules = selection.Rules();
  if (!rules.ok()) return rules.status();
  quantization.rules = std::move(*rules);
  return ValidateTogether(quantization);
}

std::unique_ptr<Command> MakeTranspileCommand() {
  return std::make_unique<CommandOf<TranspileArguments, RunTranspile>>();
}

}  // namespace pdquant
