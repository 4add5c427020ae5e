#include "cli/commands/transpile_command.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/escape.h"
#include "cli/shell/file_roles.h"
#include "cli/shell/signals.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"
#include "model/program_file.h"
#include "quantize/pass.h"
#include "quantize/transpile/transpile_pass.h"

namespace pdquant {
namespace {

std::string ScaleWords(const ScaleKind* marked = nullptr) {
  std::vector<std::string> words;
  for (const ScaleKind& kind : ScaleKinds())
    words.push_back(std::string(kind.word) + (&kind == marked ? " (default)" : ""));
  return JoinWords(std::vector<std::string_view>(words.begin(), words.end()));
}

// The words of the scales that a setting is for.
std::string ScalesWith(ScaleSetting setting) {
  std::vector<std::string> words;
  for (const ScaleKind& kind : ScaleKinds()) {
    for (const ScaleAttribute& attribute : kind.quantize_op().attributes) {
      if (attribute.setting == setting) words.emplace_back(kind.word);
    }
  }
  return JoinWords(std::vector<std::string_view>(words.begin(), words.end()));
}

// Breaks help into lines, where the column of the help begins far to the right.
std::string Wrap(const std::string& text) {
  constexpr size_t kWidth = 57;
  std::string out;
  size_t line = 0;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (line != 0) {
      const bool fits = line + 1 + end - begin <= kWidth;
      out += fits ? ' ' : '\n';
      line = fits ? line + 1 : 0;
    }
    out.append(text, begin, end - begin);
    line += end - begin;
    begin = end + 1;
  }
  return out;
}

auto SetScaleKind(const ScaleKind** kind) {
  return [kind](std::string_view word) {
    const ScaleKind* found = FindScaleKind(word);
    if (found != nullptr) *kind = found;
    return found != nullptr;
  };
}

// One of the two programs, with all that is found in it.
struct Input {
  Input(const std::string& file, const Console& console) : path(file), findings(console.findings_capacity()) {}

  bool given() const { return !path.empty(); }
  EditableProgram* editable() { return edited ? &*edited : nullptr; }

  Status Load(const LoadLimits& limits, Console* console) {
    if (!given()) return {};
    Result<Program> loaded = LoadProgram(path, limits, &findings);
    if (!loaded.ok()) return loaded.status();
    program.emplace(std::move(*loaded));
    edited.emplace(*program);
    if (console->shows_info()) {
      console->Info(NameOfInput(path) + ": read: " + Counted(program->bytes().size(), "byte") + ", " +
                    Counted(program->op_count(), "op"));
    }
    return {};
  }

  const std::string& path;
  Findings findings;
  std::optional<Program> program;
  std::optional<EditableProgram> edited;
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
    if (const Status status = arguments_.Validate(); !status.ok()) return console_->Fail(status);
    const int loaded = Load();
    if (loaded != kExitDone) return loaded;
    const Result<Outcome> outcome = RunPass(&pass_, {main_.editable(), startup_.editable(), &main_.findings,
                                                     startup_.given() ? &startup_.findings : nullptr});
    Report();
    if (!outcome.ok()) return console_->Fail(arguments_.program, outcome.status());
    console_->Debug("rewritten");
    return arguments_.dry_run ? console_->Fail(Print()) : Write();
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

  void Report() {
    const std::array<InputFindings, 2> found = {{{main_.path, &main_.findings}, {startup_.path, &startup_.findings}}};
    console_->Report(found);
  }

  // Prints the summary, or the report in its stead. The summary goes to standard error where standard output has other
  // work to do.
  Status Print() const {
    std::string text;
    if (console_->shows_summary()) {
      SummaryStyle style;
      style.program = arguments_.program;
      style.plan = arguments_.dry_run;
      style.startup_given = startup_.given();
      style.list_limit = console_->list_limit();
      text = TranspileSummary(pass_.report(), style);
    }
    if (arguments_.uses_standard_output()) WriteStandardError(std::exchange(text, {}));
    if (arguments_.report == "-") text = Json();
    return text.empty() ? Status() : WriteStandardOutput(text);
  }

  std::string Json() const { return TranspileReportJson(pass_.report(), arguments_.quantization, startup_.given()); }

  Status AddProgram(Input* input, const std::string& destination, OutputSet* outputs) {
    if (!input->given()) return {};
    if (arguments_.in_place && input->edited->edits.empty()) return {};  // it is what it has to be
    const Result<Rope> rope = input->edited->edits.Apply();
    if (!rope.ok()) return rope.status().WithMessage(NameOfInput(input->path) + ": " + rope.status().message());
    if (console_->shows_info()) console_->Info(Quote(destination) + ": to write: " + Counted(rope->size, "byte"));
    return outputs->Add(destination, rope->pieces);
  }

  Status AddReport(OutputSet* outputs) const {
    if (arguments_.report.empty() || arguments_.report == "-") return {};
    const std::string json = Json();
    const std::string_view piece = json;
    return outputs->Add(arguments_.report, {&piece, 1});
  }

  // Nothing changes before all is written, the summary included: a full disk behind standard output leaves everything
  // as it was. A reader of the summary that has gone is no reason to stop: the broken pipe ends the process afterwards.
  int Write() {
    const BrokenPipeWaits broken_pipe_waits;
    OutputSet outputs;
    Status status = AddProgram(&main_, arguments_.main_destination(), &outputs);
    if (status.ok()) status = AddProgram(&startup_, arguments_.startup_destination(), &outputs);
    if (status.ok()) status = AddReport(&outputs);
    if (!status.ok()) return console_->Fail(status);
    console_->Debug("written beside the destinations");
    const Status printed = Print();
    const bool reader_has_gone = !printed.ok() && printed.message().empty();
    if (!printed.ok() && !reader_has_gone) return console_->Fail(printed);
    status = outputs.Commit();
    console_->Debug("moved to the destinations");
    return console_->Fail(status.ok() ? printed : status);
  }

  const TranspileArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Input main_;
  Input startup_;
  TranspilePass pass_;
};

}  // namespace

void TranspileArguments::AddTo(OptionList* options) {
  TranspileOptions* q = &quantization;
  const auto in_range = [q] { return pdquant::Validate(*q); };
  options->Argument("PROGRAM", "the training program: a file with a serialized ProgramDesc,\nor - for standard input",
                    &program);
  options->SetGroup("Files");
  options->OutputPath("-o,--out", "FILE", "where the rewritten program goes; - is standard output", &out,
                      PathRole::kResult);
  options->InputPath("--startup", "FILE", "the startup program; it gets the initializers of what\nis added", &startup);
  options->OutputPath("--startup-out", "FILE", "where the rewritten startup program goes", &startup_out);
  options->Flag("--in-place", "replace PROGRAM, and the startup program, instead of -o", &in_place, PathRole::kResult);
  options->Flag("--dry-run", "print the plan and write nothing", &dry_run, PathRole::kResult);
  options->OutputPath("--report", "FILE", "write what was done to which op, and why, as JSON;\n- is standard output",
                      &report);
  options->SetGroup("Quantization");
  options->Integer("--weight-bits", "the bits of weights, 2 to 16", &q->weight_bits, in_range);
  options->Integer("--activation-bits", "the bits of activations, 2 to 16", &q->activation_bits, in_range);
  options->Choice("--weight-quantize-type", "TYPE",
                  Wrap("how the scale of a weight is found: " + ScaleWords(q->weight_quantize_type)), ScaleWords(),
                  SetScaleKind(&q->weight_quantize_type));
  options->Choice("--activation-quantize-type", "TYPE",
                  Wrap("how the scale of an activation is found: " + ScaleWords(q->activation_quantize_type)),
                  ScaleWords(), SetScaleKind(&q->activation_quantize_type));
  options->Integer("--window-size", "the steps of a window, for " + ScalesWith(ScaleSetting::kWindowSize),
                   &q->window_size, in_range);
  options->Number("--moving-rate", "the weight of the past, for " + ScalesWith(ScaleSetting::kMovingRate),
                  &q->moving_rate, in_range);
  options->Flag("--for-test", "make the test form: without backward and optimizer,\nis_test set", &q->for_test);
}

bool TranspileArguments::uses_standard_output() const {
  return report == "-" || (!dry_run && (out == "-" || startup_out == "-"));
}

Status TranspileArguments::Validate() const {
  if (in_place && !out.empty()) return UsageError("-o and --in-place exclude each other");
  if (in_place && !startup_out.empty()) return UsageError("--startup-out and --in-place exclude each other");
  if (out.empty() && !in_place && !dry_run) return UsageError("one of -o, --in-place and --dry-run is required");
  if (startup.empty() && !startup_out.empty()) return UsageError("--startup-out needs --startup");
  if (!startup.empty() && startup_out.empty() && !in_place && !dry_run) {
    return UsageError("--startup needs --startup-out or --in-place");
  }
  if (in_place && (program == "-" || startup == "-")) return UsageError("--in-place can't replace standard input");
  const std::array<FileRole, 2> inputs = {{{"PROGRAM", program}, {"--startup", startup}}};
  const std::array<FileRole, 3> outputs = {{{"-o", out}, {"--startup-out", startup_out}, {"--report", report}}};
  if (Status status = CheckRoles(inputs, outputs); !status.ok()) return status;
  return in_place ? CheckRoles({}, inputs) : Status();
}

int TranspileCommand::Run(const CommonOptions& common, Console* console) {
  return TranspileRun(arguments_, common, console).Do();
}

}  // namespace pdquant
