#include "cli/commands/show_command.h"

#include <optional>
#include <sstream>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "check/check.h"
#include "cli/shell/inputs.h"
#include "cli/shell/standard_streams.h"
#include "files/input.h"
#include "model/sniff.h"
#include "show/graph.h"
#include "show/listing.h"
#include "show/show_json.h"
#include "show/summary.h"
#include "text/canonical.h"
#include "text/op_text.h"
#include "text/tensor_text.h"

namespace pdquant {
namespace {

constexpr Words<ShowList, 3> kLists = {
    {{"ops", ShowList::kOps}, {"vars", ShowList::kVars}, {"params", ShowList::kParams}}};

class ShowRun {
 public:
  ShowRun(const ShowArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments), common_(common), console_(console), findings_(console->findings_capacity()) {}

  int Do() {
    if (const Status status = arguments_.Validate(); !status.ok()) return console_->Fail(status);
    Result<ShowInput> input = OpenShowInput(arguments_.input, arguments_.params, common_.limits, &findings_);
    if (input.ok()) {
      input_ = std::move(*input);
      if (input_.program) CheckProgram(index_.emplace(*input_.program), &findings_);
    }
    if (!arguments_.git) Report(!input.ok());
    Status status = input.status();
    if (status.ok()) status = index_ ? ShowProgram() : ShowRecords();
    if (arguments_.git && !status.ok()) status = ShowUnreadable(status);
    return console_->Fail(output_.status().ok() ? status : output_.status());
  }

 private:
  // What breaks a rule is shown all the same: it is worth a warning.
  void Report(bool failed) {
    Findings warnings(console_->findings_capacity());
    for (Finding finding : findings_.all()) {
      if (finding.level == Level::kError && !failed) finding.level = Level::kWarning;
      warnings.Add(std::move(finding));
    }
    const InputFindings found = {arguments_.input, &warnings};
    console_->Report({&found, 1});
  }

  // For git any failure of a textconv is the end of the whole diff or log. Of a pointer of git-lfs the text is shown,
  // since it is what changed; of anything else, why it can't be read.
  Status ShowUnreadable(const Status& why) {
    constexpr uint64_t kMostPointer = 1024;
    const Result<Bytes> bytes = ReadInput(arguments_.input, kMostPointer);
    std::string text;
    if (bytes.ok() && LooksLikeLfsPointer(bytes->view())) {
      std::istringstream lines{std::string(bytes->view())};
      for (std::string line; std::getline(lines, line);) text += Escape(line) + "\n";
    } else {
      text = "can't be read: " + (why.message().empty() ? FirstError() : why.message()) + "\n";
    }
    Sink()(text);
    return {};
  }

  std::string FirstError() const {
    for (const Finding& finding : findings_.all()) {
      if (finding.level == Level::kError) return finding.text;
    }
    return "it is damaged";
  }

  const TextSink& Sink() const { return output_.sink(); }

  Status ShowProgram() {
    if (arguments_.list != ShowList::kNone) return List();
    if (!arguments_.op.empty()) return Op(arguments_.op, [this](OpId op) { Sink()(OpDetail(*index_, op)); });
    switch (arguments_.format) {
      case OutputFormat::kText:
        return Text();
      case OutputFormat::kCanonical:
        if (!WriteCanonical(*index_, Sink())) return {};
        return input_.parameters == nullptr ? Status() : Records("parameters\n");
      case OutputFormat::kJson:
        return WriteShowJson(*index_, input_.parameters.get(), Sink());
      default:
        break;
    }
    if (arguments_.around.empty()) return Dot(std::nullopt);
    return Op(arguments_.around, [this](OpId op) { static_cast<void>(Dot(op)); });
  }

  template <typename F>
  Status Op(const std::string& number, F&& f) {
    const std::optional<OpId> op = FindOp(*index_, number);
    if (!op)
      return UsageError(Quote(number) + " is no op of the program: the main block has " +
                        Counted(index_->program().block(0).op_count, "op") + "; B:N is op N of block B");
    f(*op);
    return {};
  }

  Status Dot(std::optional<OpId> around) {
    GraphOptions options;
    options.around = around;
    options.hops = static_cast<uint32_t>(arguments_.hops);
    options.expand = common_.all;
    const ProgramSummary summary = Summarize(*index_);
    const std::string title = NameOfInput(arguments_.input) + ": " + std::string(ToString(summary.purpose)) + ", " +
                              std::string(DescribeQuantization(summary));
    WriteDot(*index_, options, title, Sink());
    return {};
  }

  Status Text() {
    std::string text = SummaryText(*index_, Summarize(*index_), NameOfInput(arguments_.input), console_->list_limit());
    if (input_.parameters != nullptr) {
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
      ListOps(*index_, Sink());
    } else if (arguments_.list == ShowList::kVars) {
      ListVars(*index_, Sink());
    } else if (input_.parameters != nullptr) {
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
    for (const ParameterVariable& variable : ListParameters(index_->program(), &ignored))
      AppendDeclaredParameter(variable, &text);
    Sink()(text);
  }

  Status ShowRecords() {
    if (arguments_.format == OutputFormat::kDot || !arguments_.op.empty() || arguments_.list == ShowList::kOps ||
        arguments_.list == ShowList::kVars) {
      return UsageError(NameOfInput(arguments_.input) + " is a parameter file: it has no ops");
    }
    if (arguments_.format == OutputFormat::kJson) return WriteShowJson(*input_.records, Sink());
    if (arguments_.format == OutputFormat::kCanonical) return Records("parameters\n");
    if (arguments_.list == ShowList::kParams) return Records("");
    std::string text;
    Status status = RecordSummary(NameOfInput(arguments_.input) + ": parameter file", "  ", &text);
    Sink()(text);
    return status;
  }

  Status ForEach(const TensorSink& take) {
    Status status = input_.records != nullptr ? ForEachRecord(*input_.records, take)
                                              : ForEachParameter(input_.parameters.get(), take);
    if (status.code() == StatusCode::kBadInput)
      status = BadInput(NameOfInput(arguments_.input) + ": " + status.message());
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
  Findings findings_;
  ShowInput input_;
  std::optional<Index> index_;
  StandardOutputSink output_;
};

}  // namespace

void ShowArguments::AddTo(OptionList* options) {
  options->Argument("PROGRAM|MODEL|PARAMS", "a program, a model or a parameter file,\nor - for standard input", &input);
  options->Format(
      "how it is shown: text (default), json, canonical (one\nfact a line, for comparing) or dot (for Graphviz)",
      {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCanonical, OutputFormat::kDot}, &format);
  options->Choice("--list", "WHAT", "one thing a line: ops, vars or params", kLists, &list);
  options->Text("--op", "N", "all about op N of the main block; B:N is op N of block B", &op);
  options->Text("--around", "N", "with --format dot: only what is near op N", &around);
  options->Integer("--hops", "with --around: how many edges away", &hops,
                   [this] { return hops >= 0 ? Status() : UsageError("has to be 0 or more"); });
  options->InputPath("--params", "FILE|DIR", "the parameters of the program", &params);
  options->Flag("--git", "act as git's textconv: what can't be read is shown as a\nline, and the exit code is always 0",
                &git);
}

Status ShowArguments::Validate() const {
  if (list != ShowList::kNone && !op.empty()) return UsageError("--list and --op exclude each other");
  if (format != OutputFormat::kText && (list != ShowList::kNone || !op.empty())) {
    return UsageError("--list and --op go with --format text");
  }
  if (git && format != OutputFormat::kCanonical) return UsageError("--git goes with --format canonical");
  if (format != OutputFormat::kDot && !around.empty()) return UsageError("--around goes with --format dot");
  return {};
}

int ShowCommand::Run(const CommonOptions& common, Console* console) {
  return ShowRun(arguments_, common, console).Do();
}

}  // namespace pdquant
