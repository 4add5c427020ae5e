#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "check/check.h"
#include "cli/commands/commands.h"
#include "cli/shell/inputs.h"
#include "cli/shell/outputs.h"
#include "files/input.h"
#include "model/sniff.h"
#include "show/graph.h"
#include "show/renderers.h"
#include "show/summary.h"
#include "text/canonical.h"
#include "text/op_text.h"
#include "text/tensor_text.h"

namespace pdquant {
namespace {

enum class ShowList { kNone, kOps, kVars, kParams };

// What the command line of `show` says. Empty texts were not given.
struct ShowArguments {
  std::vector<std::string> inputs;
  std::string params;
  std::string out;
  std::string overlay;
  OutputFormat format = OutputFormat::kText;
  ShowList list = ShowList::kNone;
  std::string op;
  std::string around;
  int32_t hops = 2;
  bool git = false;  // as git's textconv

  void AddTo(OptionList* options);
  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
};

constexpr Words<ShowList, 3> kLists = {
    {{"ops", ShowList::kOps}, {"vars", ShowList::kVars}, {"params", ShowList::kParams}}};

// An input that is open, with what was found in it.
struct OpenInput {
  std::string path;
  Findings findings;
  ShowInput content;
  std::optional<Index> index;  // of a program
};

// What breaks a rule is shown all the same: it is worth a warning.
void ReportFindings(const OpenInput& input, bool failed, Console* console) {
  Findings warnings(console->findings_capacity());
  for (Finding finding : input.findings.all()) {
    if (finding.level == Level::kError && !failed) finding.level = Level::kWarning;
    warnings.Add(std::move(finding));
  }
  console->Report({{input.path, &warnings}});
}

// Whether a program of Paddle 3 is told in its own words; lists and pictures are made of its graph.
bool IsPirText(const ShowArguments& arguments) {
  return arguments.format != OutputFormat::kDot && arguments.format != OutputFormat::kHtml &&
         arguments.list == ShowList::kNone && arguments.op.empty();
}

Status Open(const ShowArguments& arguments, const CommonOptions& common, OpenInput* input) {
  Result<ShowInput> content = OpenShowInput(input->path, arguments.params, common.limits, &input->findings);
  if (!content.ok()) return content.status();
  input->content = std::move(*content);
  if (input->content.program) CheckProgram(input->index.emplace(*input->content.program), &input->findings);
  if (!input->content.pir || IsPirText(arguments)) return {};
  if (Status status = DrawPir(&input->content); !status.ok()) return status;
  input->index.emplace(*input->content.program);
  return {};
}

class ShowRun {
 public:
  ShowRun(const ShowArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments),
        common_(common),
        console_(console),
        opened_{arguments.inputs[0], Findings(console->findings_capacity()), {}, {}} {}

  int Do() {
    Status status = OpenResult();
    if (!status.ok()) return console_->Fail(status);
    status = Open(arguments_, common_, &opened_);
    if (!arguments_.git) ReportFindings(opened_, !status.ok(), console_);
    if (status.ok()) status = opened_.index || opened_.content.pir ? ShowProgram() : ShowRecords();
    if (arguments_.git && !status.ok()) status = ShowUnreadable(status);
    if (status.ok()) status = output_.Commit();
    return console_->Fail(output_.status().ok() ? status : output_.status());
  }

 private:
  Status OpenResult() {
    const std::vector<std::string> inputs = {arguments_.inputs[0], arguments_.params, arguments_.overlay};
    return output_.Open(arguments_.out, inputs);
  }

  Status ShowPir(const pir::Program& program) {
    if (arguments_.format == OutputFormat::kCanonical) {
      if (!WritePirCanonical(program, Sink())) return {};
      return parameters() == nullptr ? Status() : Records("parameters\n");
    }
    if (arguments_.format == OutputFormat::kJson) {
      WritePirJson(program, Sink());
      return {};
    }
    return Text(PirSummary(program, NameOfInput(path()), console_->list_limit()));
  }

  // For git any failure of a textconv is the end of the whole diff or log. Of a pointer of git-lfs, and of other JSON
  // than Paddle's, the text is shown, since it is what changed; of anything else, why it can't be read.
  Status ShowUnreadable(const Status& why) {
    const Result<Bytes> bytes = ReadInput(path(), common_.limits.max_bytes);
    std::string text;
    if (bytes.ok() && (LooksLikeLfsPointer(bytes->view()) || LooksLikeOtherJson(bytes->view()))) {
      std::istringstream lines{std::string(bytes->view())};
      for (std::string line; std::getline(lines, line);) text += Escape(line) + "\n";
    } else {
      text = "can't be read: " + (why.message().empty() ? FirstError() : why.message()) + "\n";
    }
    Sink()(text);
    return {};
  }

  std::string FirstError() const {
    for (const Finding& finding : opened_.findings.all()) {
      if (finding.level == Level::kError) return finding.text;
    }
    return "it is damaged";
  }

  const TextSink& Sink() const { return output_.sink(); }
  const std::string& path() const { return opened_.path; }
  const Index& index() const { return *opened_.index; }
  ParameterReader* parameters() const { return opened_.content.parameters.get(); }

  Status ShowProgram() {
    if (opened_.content.pir && IsPirText(arguments_)) return ShowPir(*opened_.content.pir);
    if (arguments_.list != ShowList::kNone) return List();
    if (!arguments_.op.empty()) return Op(arguments_.op, [this](OpId op) { Sink()(OpDetail(index(), op)); });
    switch (arguments_.format) {
      case OutputFormat::kText:
        return Text(SummaryText(index(), Summarize(index()), NameOfInput(path()), console_->list_limit()));
      case OutputFormat::kCanonical:
        if (!WriteCanonical(index(), Sink())) return {};
        return parameters() == nullptr ? Status() : Records("parameters\n");
      case OutputFormat::kJson:
        return WriteShowJson(index(), parameters(), Sink());
      case OutputFormat::kHtml:
        return Html();
      default:
        break;
    }
    if (!arguments_.around.empty()) return Op(arguments_.around, [this](OpId op) { Dot(op); });
    Dot(std::nullopt);
    return {};
  }

  Status Html() {
    ShowHtmlOptions options;
    options.path = path();
    options.parameters = parameters();
    if (!arguments_.overlay.empty()) {
      const Result<Bytes> report = ReadInput(arguments_.overlay, common_.limits.max_bytes);
      if (!report.ok()) return report.status();
      Result<std::string> overlay = ReadOverlay(report->view());
      if (!overlay.ok())
        return overlay.status().WithMessage(Quote(arguments_.overlay) + ": " + overlay.status().message());
      options.overlay = std::move(*overlay);
    }
    return WriteShowHtml(index(), options, Sink());
  }

  template <typename F>
  Status Op(const std::string& number, F&& f) {
    const std::optional<OpId> op = FindOp(index(), number);
    if (!op)
      return UsageError(Quote(number) + " is no op of the program: the main block has " +
                        Counted(index().program().block(0).op_count, "op") + "; B:N is op N of block B");
    f(*op);
    return {};
  }

  void Dot(std::optional<OpId> around) {
    GraphOptions options;
    options.around = around;
    options.hops = static_cast<uint32_t>(arguments_.hops);
    options.expand = common_.all;
    const ProgramSummary summary = Summarize(index());
    const std::string title = NameOfInput(path()) + ": " + std::string(ToString(summary.purpose)) + ", " +
                              std::string(DescribeQuantization(summary));
    WriteDot(index(), options, title, Sink());
  }

  Status Text(std::string text) {
    if (parameters() != nullptr) {
      if (Status status = RecordSummary("  parameters", "    ", &text); !status.ok()) return status;
    }
    Sink()(text);
    return {};
  }

  // How many records there are, and the first of them.
  Status RecordSummary(const std::string& name, const std::string& indent, std::string* text) {
    std::string lines;
    uint64_t count = 0;
    uint64_t bytes = 0;
    Status status = ForEach([&](const StoredTensor& tensor) {
      bytes += tensor.header.data_bytes;
      if (count++ < console_->list_limit()) {
        lines += indent;
        AppendTensorLine(tensor, &lines);
      }
      return true;
    });
    if (count > console_->list_limit())
      lines += indent + "and " + std::to_string(count - console_->list_limit()) + " more; --all shows them\n";
    *text += name + ": " + Counted(count, "tensor") + ", " + Counted(bytes, "byte") + " of data\n" + lines;
    return status;
  }

  Status List() {
    if (arguments_.list == ShowList::kOps) {
      ListOps(index(), Sink());
    } else if (arguments_.list == ShowList::kVars) {
      ListVars(index(), Sink());
    } else if (parameters() != nullptr) {
      return Records("");
    } else {
      ListDeclaredParameters();
    }
    return {};
  }

  // Without their files.
  void ListDeclaredParameters() {
    Findings ignored;
    std::string text;
    for (const ParameterVariable& variable : ListParameters(index().program(), &ignored))
      AppendDeclaredParameter(variable, &text);
    Sink()(text);
  }

  Status ShowRecords() {
    if (arguments_.format == OutputFormat::kDot || arguments_.format == OutputFormat::kHtml || !arguments_.op.empty() ||
        arguments_.list == ShowList::kOps || arguments_.list == ShowList::kVars) {
      return UsageError(NameOfInput(path()) + " is a parameter file: it has no ops");
    }
    if (arguments_.format == OutputFormat::kJson) return WriteShowJson(*opened_.content.records, Sink());
    if (arguments_.format == OutputFormat::kCanonical) return Records("parameters\n");
    if (arguments_.list == ShowList::kParams) return Records("");
    std::string text;
    Status status = RecordSummary(NameOfInput(path()) + ": parameter file", "  ", &text);
    Sink()(text);
    return status;
  }

  Status ForEach(const TensorSink& take) {
    Status status = opened_.content.records != nullptr ? ForEachRecord(*opened_.content.records, take)
                                                       : ForEachParameter(parameters(), take);
    if (status.code() == StatusCode::kBadInput) status = BadInput(NameOfInput(path()) + ": " + status.message());
    return status;
  }

  Status Records(std::string_view head) {
    TextBuffer buffer(Sink());
    *buffer.text() += head;
    const bool canonical = arguments_.format == OutputFormat::kCanonical;
    Status status = ForEach([&](const StoredTensor& tensor) {
      canonical ? AppendTensor(tensor, buffer.text()) : AppendTensorLine(tensor, buffer.text());
      return buffer.Flow();
    });
    buffer.Flush();
    return status;
  }

  const ShowArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  OpenInput opened_;
  ResultSink output_;
};

// A table of the ops of several programs.
int ShowModels(const ShowArguments& arguments, const CommonOptions& common, Console* console) {
  ResultSink output;
  Status status = output.Open(arguments.out, arguments.inputs);
  std::vector<std::unique_ptr<OpenInput>> opened;
  std::vector<ShownModel> models;
  for (size_t i = 0; i < arguments.inputs.size() && status.ok(); ++i) {
    OpenInput& input = *opened.emplace_back(std::make_unique<OpenInput>());
    input.path = arguments.inputs[i];
    status = Open(arguments, common, &input);
    ReportFindings(input, !status.ok(), console);
    if (status.ok() && !input.index)
      status = UsageError(NameOfInput(input.path) + " is a parameter file: it has no ops");
    if (status.ok()) models.push_back({input.path, &*input.index});
  }
  if (!status.ok()) return console->Fail(status);
  WriteModelsHtml(models, output.sink());
  status = output.Commit();
  return console->Fail(output.status().ok() ? status : output.status());
}

// `pdquant show`: what a program, a model or a parameter file is.
int RunShow(const ShowArguments& arguments, const CommonOptions& common, Console* console) {
  if (arguments.inputs.size() > 1) return ShowModels(arguments, common, console);
  return ShowRun(arguments, common, console).Do();
}

}  // namespace

void ShowArguments::AddTo(OptionList* options) {
  options->Arguments("PROGRAM|MODEL|PARAMS",
                     "a program, a model or a parameter file, or - for standard input; several with --format html",
                     &inputs);
  options->Format(
      "how it is shown: text (default), json, canonical (one fact a line, for comparing), dot (for Graphviz) or "
      "html (one file to look at, offline)",
      {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCanonical, OutputFormat::kDot, OutputFormat::kHtml},
      &format);
  options->OutputPath("-o,--out", "FILE", "where it goes; - is standard output, the default", &out, PathRole::kResult);
  options->Choice("--list", "WHAT", "one thing a line: ops, vars or params", kLists, &list);
  options->OpNumber("--op", "all about op N of the main block; B:N is op N of block B", &op);
  options->OpNumber("--around", "with --format dot: only what is near op N", &around);
  options->Integer("--hops", "with --around: how many edges away", &hops,
                   [this] { return hops >= 0 ? Status() : UsageError("has to be 0 or more"); });
  options->InputPath("--params", "FILE|DIR", "the parameters of the program", &params);
  options->InputPath("--overlay", "REPORT", "with --format html: colours by a report of freeze, int8 or undo",
                     &overlay);
  options->Flag("--git", "act as git's textconv: what can't be read is shown as a line, and the exit code is always 0",
                &git);
}

Status ShowArguments::Validate() const {
  if (inputs.empty()) return UsageError("show: PROGRAM|MODEL|PARAMS is required; see 'pdquant show --help'");
  if (inputs.size() > 1 && format != OutputFormat::kHtml)
    return UsageError("several inputs go with --format html, which has a table of their ops");
  if (inputs.size() > 1 && (!params.empty() || !overlay.empty()))
    return UsageError("--params and --overlay go with one input");
  if (std::count(inputs.begin(), inputs.end(), "-") > 1) return UsageError("only one input can be standard input");
  if (format != OutputFormat::kHtml && !overlay.empty()) return UsageError("--overlay goes with --format html");
  if (git && !out.empty()) return UsageError("--git writes to standard output");
  if (list != ShowList::kNone && !op.empty()) return UsageError("--list and --op exclude each other");
  if (format != OutputFormat::kText && (list != ShowList::kNone || !op.empty())) {
    return UsageError("--list and --op go with --format text");
  }
  if (git && format != OutputFormat::kCanonical) return UsageError("--git goes with --format canonical");
  if (format != OutputFormat::kDot && !around.empty()) return UsageError("--around goes with --format dot");
  return {};
}

std::unique_ptr<Command> MakeShowCommand() { return std::make_unique<CommandOf<ShowArguments, RunShow>>(); }

}  // namespace pdquant
