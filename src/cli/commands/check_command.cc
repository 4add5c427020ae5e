#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "check/check.h"
#include "check/model.h"
#include "check/rule_table.h"
#include "check/target.h"
#include "cli/commands/commands.h"
#include "cli/shell/inputs.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"
#include "files/path.h"
#include "ir/index.h"
#include "model/sniff.h"
#include "paddle/runtimes/runtimes.h"
#include "pir/readers.h"
#include "report/report.h"

namespace pdquant {
namespace {

// What the command line of check says.
struct CheckArguments {
  std::string input;
  std::string params;
  std::string explain;  // a code
  OutputFormat format = OutputFormat::kText;
  std::optional<Target> target;
  bool target_pir = false;  // --target paddle-pir, which judges programs of Paddle 3
  bool strict = false;

  void AddTo(OptionList* options);
  // Errors: kUsage.
  Status Validate() const;
};

std::string_view LoadFailureCode(const Status& status) {
  return status.code() == StatusCode::kIo ? "input-output" : "bad-input";
}

// What a runtime doesn't take is often the same all over a program: findings that differ in their places alone, more
// than three of them, become one, which says how many there are and where the first are. At most `limit` of a level are
// kept, the others counted.
Findings TogetherWhereAlike(const Findings& findings, size_t limit) {
  constexpr size_t kFewest = 4;
  constexpr size_t kPlaces = 2;  // that are named besides that of the first
  std::map<std::tuple<Level, std::string_view, std::string_view, std::string_view>, std::vector<const Finding*>> groups;
  for (const Finding& finding : findings.all()) {
    const Rule* rule = FindRule(finding.code);
    if (rule == nullptr || rule->group != RuleGroup::kTarget) continue;
    groups[{finding.level, finding.code, finding.text, finding.hint}].push_back(&finding);
  }
  Findings together(limit);
  for (const Finding& finding : findings.all()) {
    const auto& group = groups[{finding.level, finding.code, finding.text, finding.hint}];
    if (group.size() >= kFewest && group.front() != &finding) continue;
    Finding added = finding;
    if (group.size() < kFewest) {
      together.Add(std::move(added));
      continue;
    }
    std::string others = "the same at " + Counted(group.size() - 1, "more place");
    for (size_t i = 1; i <= kPlaces; ++i) others += (i == 1 ? ", such as " : " and ") + ToString(group[i]->place);
    added.hint += (added.hint.empty() ? "" : "; ") + others + "; --all shows each";
    together.Add(std::move(added));
  }
  // What the findings themselves have only counted.
  for (const Level level : {Level::kError, Level::kWarning, Level::kNote}) {
    const auto of_level = [level](const Finding& finding) { return finding.level == level; };
    const auto kept = std::count_if(findings.all().begin(), findings.all().end(), of_level);
    for (auto i = static_cast<size_t>(kept); i < findings.count(level) && !together.keeps(level); ++i) {
      together.Add({"", level, {}, "", ""});
    }
  }
  return together;
}

class CheckRun {
 public:
  CheckRun(const CheckArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments),
        common_(common),
        console_(console),
        of_program_(Capacity()),
        of_parameters_(Capacity()) {}

  int Do() {
    const Status status = Look();
    if (status.code() == StatusCode::kUsage) return console_->Fail(status);
    if (arguments_.strict) {
      of_program_.RaiseWarnings();
      of_parameters_.RaiseWarnings();
    }
    const bool each = of_program_.all().size() + of_parameters_.all().size() <= console_->list_limit();
    // A list that needs no cut has each of them.
    const Findings program = each ? of_program_ : TogetherWhereAlike(of_program_, console_->list_limit());
    const Findings parameters = each ? of_parameters_ : TogetherWhereAlike(of_parameters_, console_->list_limit());
    console_->Report({{ProgramPath(), &program}, {ParametersPath(), &parameters}});
    int code = console_->Fail(status);
    if (status.ok() && errors() != 0) code = kExitBreaksRules;
    const Status written = WriteResult(status, code);
    return written.ok() ? code : console_->Fail(written);
  }

 private:
  // A report for programs keeps every finding.
  size_t Capacity() const {
    if (arguments_.format != OutputFormat::kText) return Console::kMostFindings;
    return std::max(console_->findings_capacity(), Findings::kDefaultCapacity);
  }
  size_t errors() const { return of_program_.count(Level::kError) + of_parameters_.count(Level::kError); }
  size_t warnings() const { return of_program_.count(Level::kWarning) + of_parameters_.count(Level::kWarning); }
  const std::string& ProgramPath() const {
    return model_.files.program.empty() ? arguments_.input : model_.files.program;
  }
  const std::string& ParametersPath() const {
    return model_.files.parameters.path.empty() ? ProgramPath() : model_.files.parameters.path;
  }

  // Everything that can be found in one run. The status says whether all of it could be read.
  Status Look() {
    std::optional<Bytes> piped;  // what standard input holds tells what it is
    if (arguments_.input == "-") {
      Result<Bytes> bytes = ReadProgramBytes(arguments_.input, common_.limits);
      if (!bytes.ok()) return bytes.status();
      piped.emplace(std::move(*bytes));
    }
    if (piped ? LooksLikePir(piped->view()) : NamesPir(arguments_.input)) return LookAtPir(std::move(piped));
    if (arguments_.target_pir) {
      return UsageError("--target paddle-pir judges programs of Paddle 3 (PIR), and " + NameOfInput(arguments_.input) +
                        " isn't one");
    }
    if (Status status =
            OpenProgram(arguments_.input, arguments_.params, common_.limits, &of_program_, &model_, std::move(piped));
        !status.ok()) {
      return status;
    }
    const Index index(*model_.program);
    const bool sound_blocks = CheckProgram(index, &of_program_);
    Status status;
    if (model_.with_parameters) status = LookAtParameters(index);
    if (arguments_.target && sound_blocks) {
      CheckTarget(index, *arguments_.target, values_, &of_program_);
    }
    return status;
  }

  // A program of Paddle 3: its structure and its parameters.
  Status LookAtPir(std::optional<Bytes> piped) {
    if (arguments_.target) {
      return UsageError("--target judges a ProgramDesc, and " + NameOfInput(arguments_.input) +
                        " is a program of Paddle 3 (PIR): --target paddle-pir, or 'pdquant import', which makes a "
                        "ProgramDesc of it");
    }
    Status status = OpenPir(arguments_.input, arguments_.params, common_.limits, &of_program_, &pir_, std::move(piped));
    model_.files = pir_.files;
    model_.with_parameters = pir_.with_parameters;
    if (status.ok() && arguments_.target_pir) pir::CheckReaders(*pir_.program, &of_program_);
    if (!status.ok() || !pir_.with_parameters) return status;
    Result<std::unique_ptr<ParameterReader>> reader = OpenPirParameters(pir_, &of_parameters_);
    if (!reader.ok()) return reader.status();
    model_.parameters = std::move(*reader);
    return {};
  }

  Status LookAtParameters(const Index& index) {
    if (Status status = OpenParameters(&model_, &of_parameters_, console_); !status.ok()) return status;
    Result<std::vector<ParameterFacts>> facts = ReadParameterFacts(model_.parameters.get());
    if (!facts.ok()) return facts.status();
    values_ = {model_.parameters.get(), std::move(*facts)};
    CheckModelValues(index, values_, &of_parameters_);
    return {};
  }

  // "1 block, 534 ops, 1103 variables, 20 parameters"
  std::string Contents() const {
    if (pir_.program) {
      return Counted(pir_.program->blocks.size(), "block") + ", " + Counted(pir_.program->ops.size(), "op") + ", " +
             Counted(pir_.program->parameters.size(), "parameter");
    }
    const Program& program = *model_.program;
    std::string text = Counted(program.blocks().size(), "block") + ", " + Counted(program.op_count(), "op") + ", " +
                       Counted(program.var_count(), "variable");
    if (model_.parameters != nullptr) text += ", " + Counted(model_.parameters->parameters().size(), "parameter");
    return text;
  }

  std::string Verdict(const Status& status) const {
    const std::string tail = warnings() == 0 ? "" : ", " + Counted(warnings(), "warning");
    if (errors() != 0) return Counted(errors(), "error") + tail;
    if (!status.ok()) return "can't be loaded";
    const std::string_view word = arguments_.target_pir ? pir::kReaderWord
                                  : arguments_.target   ? RuntimeOf(*arguments_.target).word
                                                        : "";
    const std::string fit = word.empty() ? "" : ", fit for " + std::string(word);
    return "well formed" + fit + ": " + Contents() + tail;
  }

  Status WriteResult(const Status& status, int code) {
    const std::string line = NameOfInput(arguments_.input) + ": " + Verdict(status);
    if (arguments_.format == OutputFormat::kText) {
      return status.ok() && console_->shows_summary() ? WriteStandardOutput(line + "\n") : Status();
    }
    if (!status.ok() && !status.message().empty()) {
      of_program_.Error(LoadFailureCode(status), {}, status.message());
    }
    Report report;
    report.command = "check";
    report.exit_code = code;
    report.can_load = status.ok();
    report.summary = NameOfInput(arguments_.input) + ": " + Verdict(status);
    report.inputs.push_back({ProgramPath(), &of_program_, RulesOf(false)});
    if (model_.with_parameters) report.inputs.push_back({ParametersPath(), &of_parameters_, RulesOf(true)});
    const StandardOutputSink output;
    RowOf(arguments_.format).write_findings(report, output.sink());
    return output.status();
  }

  std::vector<ReportRule> RulesOf(bool parameters) const {
    std::vector<ReportRule> rules;
    for (const Rule& rule : Rules()) {
      const bool of_program_desc = rule.group == RuleGroup::kProgram || rule.group == RuleGroup::kQuantization ||
                                   (rule.group == RuleGroup::kTarget && arguments_.target);
      const bool of_program = pir_.program ? rule.group == RuleGroup::kPir : of_program_desc;
      if (parameters ? rule.group == RuleGroup::kParameters : of_program)
        rules.push_back({rule.code, rule.level, rule.summary, rule.why});
    }
    return rules;
  }

  const CheckArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Findings of_program_;
  Findings of_parameters_;
  ModelInput model_;
  PirInput pir_;  // in the place of it, for a program of Paddle 3
  ModelValues values_;
};

Status Explain(const std::string& code) {
  const Rule* rule = FindRule(code);
  if (rule == nullptr) {
    return UsageError(Quote(code) + " is no code; the code is the last word of a message, in brackets");
  }
  const std::string level(WordFor(rule->level));
  std::string text = std::string(rule->code) + " (" + level + "): " + std::string(rule->summary) + "\n\n" +
                     std::string(rule->why) + "\n\nExample:\n  pdquant: " + level + ": ";
  if (rule->group != RuleGroup::kRun) text += "'model.pdmodel': ";
  return WriteStandardOutput(text + std::string(rule->example) + " [" + std::string(rule->code) + "]\n");
}

// `pdquant check PROGRAM|MODEL`: is it well formed? All findings on standard error, the result on standard output: one
// line, or a report for programs.
int RunCheck(const CheckArguments& arguments, const CommonOptions& common, Console* console) {
  if (!arguments.explain.empty()) return console->Fail(Explain(arguments.explain));
  return CheckRun(arguments, common, console).Do();
}

}  // namespace

void CheckArguments::AddTo(OptionList* options) {
  options->OptionalArgument("PROGRAM|MODEL",
                            "a program's file, or - for standard input: the program alone; a folder or a prefix: "
                            "the model, with its parameters",
                            &input);
  options->InputPath("--params", "FILE|DIR", "the parameters of the program: checks the whole model", &params);
  options->Format(
      "what goes to standard output: text (default), json, github (workflow commands), sarif or junit",
      {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kGithub, OutputFormat::kSarif, OutputFormat::kJunit},
      &format);
  std::vector<std::string_view> targets = RuntimeWords();
  const std::string help = "also tell what keeps a runtime from taking the program: " + JoinWords(targets) + "; " +
                           std::string(pir::kReaderWord) + " of a program of Paddle 3";
  targets.push_back(pir::kReaderWord);
  options->Choice("--target", "RUNTIME", help, targets, [this](std::string_view word) {
    target_pir = word == pir::kReaderWord;
    if (!target_pir) target = FindRuntime(word)->target;
  });
  options->Flag("--strict", "warnings count as errors", &strict);
  options->Text("--explain", "CODE", "tell what the rule with this code is for, and nothing else", &explain);
}

Status CheckArguments::Validate() const {
  if (!input.empty() || !explain.empty()) return {};
  return UsageError("check: PROGRAM|MODEL is required; see 'pdquant check --help'");
}

std::unique_ptr<Command> MakeCheckCommand() { return std::make_unique<CommandOf<CheckArguments, RunCheck>>(); }

}  // namespace pdquant
