#include "cli/commands/check_command.h"

#include <memory>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "base/version.h"
#include "check/check.h"
#include "check/model.h"
#include "check/rule_table.h"
#include "cli/commands/model_input.h"
#include "files/output.h"
#include "ir/index.h"
#include "paddle/runtimes.h"
#include "report/report.h"

namespace pdquant {
namespace {

std::string_view LoadFailureCode(const Status& status) {
  return status.code() == StatusCode::kIo ? "input-output" : "bad-input";
}

class CheckRun {
 public:
  CheckRun(const CheckArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments),
        common_(common),
        console_(console),
        of_program_(console->findings_capacity()),
        of_parameters_(console->findings_capacity()) {}

  int Do() {
    if (arguments_.input.empty())
      return console_->Fail(UsageError("check: PROGRAM|MODEL is required; see 'pdquant check --help'"));
    const Status status = Look();
    if (status.code() == StatusCode::kUsage) return console_->Fail(status);
    if (arguments_.strict) {
      of_program_.RaiseWarnings();
      of_parameters_.RaiseWarnings();
    }
    const InputFindings found[] = {{ProgramPath(), &of_program_}, {ParametersPath(), &of_parameters_}};
    console_->Report(found);
    int code = console_->Fail(status);
    if (status.ok() && errors() != 0) code = kExitBreaksRules;
    const Status written = WriteResult(status, code);
    return written.ok() ? code : console_->Fail(written);
  }

 private:
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
    if (Status status = OpenProgram(arguments_.input, arguments_.params, common_.limits, &of_program_, &model_);
        !status.ok()) {
      return status;
    }
    const Index index(*model_.program);
    CheckProgram(index, &of_program_);
    Status status;
    if (model_.with_parameters) status = LookAtParameters(index);
    if (arguments_.target) {
      CheckTarget(index, *arguments_.target, values_.reader == nullptr ? nullptr : &values_, &of_program_);
    }
    return status;
  }

  Status LookAtParameters(const Index& index) {
    Result<std::unique_ptr<ParameterReader>> reader = OpenParameters(model_.files, *model_.program, &of_parameters_);
    if (!reader.ok()) return reader.status();
    model_.parameters = std::move(*reader);
    TellIgnored();
    Result<std::vector<ParameterFacts>> facts = ReadParameterFacts(model_.parameters.get());
    if (!facts.ok()) return facts.status();
    values_ = {model_.parameters.get(), std::move(*facts)};
    CheckModelValues(index, values_, &of_parameters_);
    return {};
  }

  void TellIgnored() {
    if (!console_->shows_info()) return;
    const std::string& program = model_.files.program;
    for (const std::string& name :
         model_.parameters->ListIgnored(program.substr(program.rfind('/') + 1), console_->list_limit())) {
      console_->Info(Quote(ParametersPath()) + ": " + Quote(name) + " is no parameter of the program: ignored");
    }
  }

  // "1 block, 534 ops, 1103 variables, 20 parameters"
  std::string Contents() const {
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
    const std::string fit = arguments_.target ? ", fit for " + std::string(RuntimeOf(*arguments_.target).word) : "";
    return "well formed" + fit + ": " + Contents() + tail;
  }

  Status WriteResult(const Status& status, int code) {
    const std::string line = NameOfInput(arguments_.input) + ": " + Verdict(status);
    if (arguments_.format == CheckFormat::kText) {
      return status.ok() && console_->shows_summary() ? WriteStandardOutput(line + "\n") : Status();
    }
    if (!status.ok() && !status.message().empty()) {
      of_program_.Error(LoadFailureCode(status), {}, status.message());
    }
    Report report;
    report.command = "check";
    report.version = kPdquantVersion;
    report.exit_code = code;
    report.can_load = status.ok();
    report.summary = NameOfInput(arguments_.input) + ": " + Verdict(status);
    report.inputs.push_back({ProgramPath(), &of_program_, RulesOf(false)});
    if (model_.with_parameters) report.inputs.push_back({ParametersPath(), &of_parameters_, RulesOf(true)});
    return Write(report);
  }

  std::vector<ReportRule> RulesOf(bool parameters) const {
    std::vector<ReportRule> rules;
    for (const Rule& rule : Rules()) {
      const bool of_program = rule.group == RuleGroup::kProgram || rule.group == RuleGroup::kQuantization ||
                              (rule.group == RuleGroup::kTarget && arguments_.target);
      if (parameters ? rule.group == RuleGroup::kParameters : of_program)
        rules.push_back({rule.code, rule.level, rule.summary, rule.why});
    }
    return rules;
  }

  Status Write(const Report& report) const {
    Status written;
    const TextSink sink = [&written](std::string_view text) {
      written = WriteStandardOutput(text);
      return written.ok();
    };
    switch (arguments_.format) {
      case CheckFormat::kJson:
        WriteJsonReport(report, sink);
        break;
      case CheckFormat::kGithub:
        WriteGithubReport(report, sink);
        break;
      case CheckFormat::kSarif:
        WriteSarifReport(report, sink);
        break;
      case CheckFormat::kJunit:
        WriteJunitReport(report, sink);
        break;
      case CheckFormat::kText:
        break;
    }
    return written;
  }

  const CheckArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Findings of_program_;
  Findings of_parameters_;
  ModelInput model_;
  ModelValues values_;
};

Status Explain(const std::string& code) {
  const Rule* rule = FindRule(code);
  if (rule == nullptr) {
    return UsageError(Quote(code) + " is no code; the code is the last word of a message, in brackets");
  }
  constexpr const char* kLevels[] = {"note", "warning", "error"};
  const std::string level = kLevels[static_cast<size_t>(rule->level)];
  std::string text = std::string(rule->code) + " (" + level + "): " + std::string(rule->summary) + "\n\n" +
                     std::string(rule->why) + "\n\nExample:\n  pdquant: " + level + ": ";
  if (rule->group != RuleGroup::kRun) text += "'model.pdmodel': ";
  return WriteStandardOutput(text + std::string(rule->example) + " [" + std::string(rule->code) + "]\n");
}

}  // namespace

int CheckCommand::Run(const CommonOptions& common, Console* console) {
  if (!arguments_.explain.empty()) return console->Fail(Explain(arguments_.explain));
  return CheckRun(arguments_, common, console).Do();
}

}  // namespace pdquant
