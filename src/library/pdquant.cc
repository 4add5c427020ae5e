#include "library/pdquant.h"

#include <array>
#include <memory>

#include "base/version.h"
#include "check/check.h"
#include "check/target.h"
#include "diff/diff_report.h"
#include "model/program_file.h"
#include "quantize/pipeline.h"
#include "quantize/transpile/transpile_pass.h"

namespace pdquant::library {
namespace {

constexpr int kNegative = 1;  // it breaks rules, they differ

void AddMessages(const Findings& findings, bool startup, Answer* answer) {
  constexpr std::array<Severity, 3> kSeverities = {Severity::kNote, Severity::kWarning, Severity::kError};
  for (const Finding& finding : findings.all()) {
    answer->messages.push_back({kSeverities[static_cast<size_t>(finding.level)], std::string(finding.code), startup,
                                ToString(finding.place), finding.text, finding.hint});
  }
}

void Fail(const Status& status, Answer* answer) {
  answer->code = static_cast<int>(status.code());
  answer->failure = status.message();
}

Result<Program> Parse(std::string_view bytes, const char* name, Findings* findings) {
  return ParseProgram(Bytes::Copy(bytes), name, LoadLimits(), findings);
}

Status Run(Pipeline* pipeline, TranspilePass* pass, bool startup_given, Transpiled* made) {
  const std::array<Pass*, 1> passes = {pass};
  if (Status s = pipeline->Run(passes); !s.ok()) return s;
  const Result<Rope> main = pipeline->Main();
  if (!main.ok()) return main.status();
  made->main = main->Flatten();
  if (!startup_given) return {};
  const Result<Rope> startup = pipeline->Startup();
  if (!startup.ok()) return startup.status();
  made->startup = startup->Flatten();
  return {};
}

}  // namespace

std::string_view Version() { return kPdquantVersion; }

Transpiled Transpile(std::string_view main, std::optional<std::string_view> startup, const Options& options) {
  Transpiled made;
  TranspileOptions parsed;
  Status status;
  for (const auto& [name, value] : options) {
    if (status.ok()) status = SetOption(name, value, &parsed);
  }
  if (status.ok()) status = ValidateTogether(parsed);
  if (!status.ok()) {
    Fail(status, &made);
    return made;
  }
  Findings found;
  Findings startup_found;
  Result<Program> program = Parse(main, "main", &found);
  std::optional<Result<Program>> startup_program;
  if (startup) startup_program.emplace(Parse(*startup, "startup", &startup_found));
  TranspilePass pass(parsed);
  if (!program.ok()) {
    status = program.status();
  } else if (startup && !startup_program->ok()) {
    status = startup_program->status();
  } else {
    Pipeline pipeline(std::move(*program),
                      startup ? std::optional<Program>(std::move(**startup_program)) : std::nullopt, &found,
                      &startup_found);
    status = Run(&pipeline, &pass, startup.has_value(), &made);
  }
  AddMessages(found, false, &made);
  AddMessages(startup_found, true, &made);
  if (!status.ok()) {
    Fail(status, &made);
  } else {
    made.report = TranspileReportJson(pass.report(), parsed, startup.has_value());
  }
  return made;
}

Answer Check(std::string_view program, std::string_view target) {
  Answer answer;
  const Runtime* runtime = target.empty() ? nullptr : FindRuntime(target);
  if (!target.empty() && runtime == nullptr) {
    Fail(UsageError("target: there is no such runtime"), &answer);
    return answer;
  }
  Findings findings;
  const Result<Program> parsed = Parse(program, "program", &findings);
  if (!parsed.ok()) {
    Fail(parsed.status(), &answer);
  } else {
    const Index index(*parsed);
    const bool sound_blocks = CheckProgram(index, &findings);
    if (runtime != nullptr && sound_blocks) CheckTarget(index, runtime->target, {}, &findings);
    if (findings.has_errors()) answer.code = kNegative;
  }
  AddMessages(findings, false, &answer);
  return answer;
}

Compared Diff(std::string_view a, std::string_view b) {
  Compared compared;
  Findings findings;
  const Result<Program> left = Parse(a, "a", &findings);
  const Result<Program> right = Parse(b, "b", &findings);
  AddMessages(findings, false, &compared);
  if (!left.ok() || !right.ok()) {
    Fail(left.ok() ? right.status() : left.status(), &compared);
    return compared;
  }
  const Index left_index(*left);
  const Index right_index(*right);
  DiffOptions options;
  options.ignore = IgnoreRules(std::vector<std::string>());
  DiffResult result;
  result.paths = {"a", "b"};
  result.program = std::make_unique<ProgramDiff>(left_index, right_index, options);
  if (result.equal()) return compared;
  compared.code = kNegative;
  DiffOutput output;
  output.limit = SIZE_MAX;
  WriteDiff(result, output, AppendTo(&compared.text));
  return compared;
}

}  // namespace pdquant::library
