#include "cli/commands/batch_command.h"

#include <csignal>
#include <cstdlib>
#include <optional>

#include "base/counted.h"
#include "base/escape.h"
#include "base/version.h"
#include "batch/batch_report.h"
#include "batch/batch_run.h"
#include "batch/inputs.h"
#include "batch/plan.h"
#include "batch/shard_report.h"
#include "cli/commands/batch_progress.h"
#include "cli/shell/cli.h"
#include "cli/shell/command_line.h"
#include "cli/shell/signals.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"

namespace pdquant {
namespace {

const char* Variable(const char* name) { return std::getenv(name); }

// An argument vector as a process gets it; refers to `arguments`.
std::vector<char*> Pointers(const std::vector<std::string>& arguments) {
  static char name[] = "pdquant";
  std::vector<char*> pointers = {name};
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int RunHere(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers = Pointers(arguments);
  return RunCommandLine(static_cast<int>(arguments.size()) + 1, pointers.data());
}

// A wrong option is told once, not for each model.
Status TryToParse(const Recipe& recipe, const std::string& out) {
  const Result<Call> call = recipe.Bind({"INPUT", "OUTPUT", {}}, out);
  if (!call.ok()) return call.status();
  std::vector<char*> pointers = Pointers(call->arguments);
  CommandLine line;
  return line.Parse(static_cast<int>(call->arguments.size()) + 1, pointers.data());
}

void TellFaults(const std::vector<JournalFaults>& all, Console* console) {
  for (const JournalFaults& faults : all) {
    Findings findings;
    std::string text;
    const auto add = [&](size_t count, const char* what) {
      if (count != 0) text += (text.empty() ? "" : ", ") + Counted(count, what);
    };
    add(faults.torn, "torn line");
    add(faults.foreign, "foreign line");
    add(faults.version, "line of another version's");
    findings.Warning("journal", {}, text + " skipped over", "what they told of is done again");
    const InputFindings found = {faults.path, &findings};
    console->Report({&found, 1});
  }
}

Status Print(const BatchReport& report, BatchFormat format, const Console& console) {
  const BrokenPipeWaits broken_pipe_waits;
  if (format == BatchFormat::kJson) return WriteJson(report, WriteStandardOutput);
  if (format == BatchFormat::kJunit) return WriteJunit(report, WriteStandardOutput);
  if (format == BatchFormat::kText && !console.shows_summary()) return {};
  const Result<std::string> text = format == BatchFormat::kMarkdown ? SummaryMarkdown(report, console.list_limit())
                                                                    : SummaryText(report, console.list_limit());
  return text.ok() ? WriteStandardOutput(*text) : text.status();
}

// Where nobody gets the summary, the failures are told as errors are.
Status TellFailures(const BatchReport& report, size_t room) {
  for (size_t i = 0; i < report.size && room > 0; ++i) {
    if (WordFor(report.state(i)) != "failed") continue;
    const Result<ModelRecord> record = report.read(i);
    if (!record.ok()) return record.status();
    // Most are the command's own messages, which say all that is needed.
    const bool is_whole = record->message.ends_with(']');
    WriteStandardError(
        "pdquant: error: " +
        (is_whole ? record->message : Quote(record->input) + ": " + Printable(record->message) + " [model-failed]") +
        "\n");
    --room;
  }
  return {};
}

class BatchCall {
 public:
  BatchCall(const BatchArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments), common_(common), console_(console) {}

  int Do() {
    if (const Status status = Prepare(); !status.ok()) return console_->Fail(status);
    BatchProgress progress(!console_->shows_summary());
    const BatchRun::Progress show = [&](const Counts& counts) { progress.Show(counts); };
    const RunCommand run_here = RunHere;
    BatchRun run(options_, *recipe_, run_here, show);
    if (const Status status = run.Open(plan_); !status.ok()) return console_->Fail(status);
    TellFaults(run.faults(), console_);
    const Status done = run.Do();
    progress.End();
    if (run.stopped_by() != 0) return Interrupted(run);
    return Report(ReportOf(run, options_.shard, arguments_.RetryCommand()), done);
  }

 private:
  Status Prepare() {
    if (Status status = arguments_.Validate(); !status.ok()) return status;
    Result<Recipe> recipe = Recipe::Make(arguments_.WordsWith(common_), arguments_.baseline);
    if (!recipe.ok()) return recipe.status();
    recipe_ = std::move(*recipe);
    if (Status status = TryToParse(*recipe_, arguments_.out); !status.ok()) return status;
    if (!arguments_.shard.empty()) {
      const Result<Shard> shard = ParseShard(arguments_.shard, Variable);
      if (!shard.ok()) return shard.status();
      options_.shard = *shard;
    }
    options_.out = arguments_.out;
    while (options_.out.size() > 1 && options_.out.back() == '/') options_.out.pop_back();
    options_.workers = arguments_.jobs > 0 ? static_cast<size_t>(arguments_.jobs) : DefaultWorkers(Variable);
    options_.limits = {std::chrono::duration<double>(arguments_.timeout), arguments_.memory};
    options_.force = arguments_.force;
    options_.retry_failed = arguments_.retry_failed;
    options_.fail_fast = arguments_.fail_fast;
    options_.version = kPdquantVersion;
    return FindJobs();
  }

  Status FindJobs() {
    if (Status status = plan_.Open(); !status.ok()) return status;
    InputFinder finder(*recipe_, options_.out, [this](const Job& job) -> Status {
      if (Status status = CheckOutputPath(job.output); !status.ok()) return status;
      if (IsSameFile(job.input, options_.out + "/" + job.output)) {
        return UsageError("the output of " + Quote(job.input) + " is that file itself; give another --out");
      }
      return plan_.Add(job, SizeOfInput(job.input));
    });
    for (const std::string& input : arguments_.inputs) {
      if (Status status = finder.Find(input); !status.ok()) return status;
    }
    if (!arguments_.list.empty()) {
      if (Status status = finder.FindInList(arguments_.list); !status.ok()) return status;
    }
    if (Status status = plan_.Finish(); !status.ok()) return status;
    plan_.Keep(options_.shard);
    return {};
  }

  int Interrupted(const BatchRun& run) const {
    const Counts& counts = run.counts();
    WriteStandardError("pdquant: note: interrupted: " + std::to_string(counts.finished()) + " of " +
                       Counted(counts.total, "model") +
                       " are done; the same command goes on from there [interrupted]\n");
    static_cast<void>(raise(run.stopped_by()));
    return static_cast<int>(StatusCode::kTryAgain);  // the signal was blocked
  }

  int Report(const BatchReport& report, const Status& done) const {
    if (const Status printed = Print(report, arguments_.format, *console_); !printed.ok())
      return console_->Fail(printed);
    if (!console_->shows_summary() && arguments_.format == BatchFormat::kText) {
      if (const Status told = TellFailures(report, console_->list_limit()); !told.ok()) return console_->Fail(told);
    }
    if (!done.ok()) return console_->Fail(done);
    return report.failed() == 0 ? kExitDone : kExitSomeFailed;
  }

  const BatchArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  std::optional<Recipe> recipe_;
  RunOptions options_;
  Plan plan_;
};

int Merge(const BatchArguments& arguments, Console* console) {
  Status status = arguments.Validate();
  uint32_t count = 0;
  if (status.ok() && !arguments.shard.empty()) {
    const Result<Shard> shard = ParseShard(arguments.shard, Variable);
    status = shard.status();
    if (shard.ok()) count = shard->count;
  }
  ShardReport shards;
  if (status.ok()) status = shards.Load(arguments.merge, count);
  if (!status.ok()) return console->Fail(status);
  TellFaults(shards.faults(), console);
  const BatchReport report = ReportOf(shards);
  if (const Status printed = Print(report, arguments.format, *console); !printed.ok()) return console->Fail(printed);
  if (!report.missing.empty() || !report.incomplete.empty()) {
    return console->Fail(TryAgain(Quote(arguments.merge) + ": " + Counted(report.missing.size(), "shard") +
                                  " missing, " + std::to_string(report.incomplete.size()) +
                                  " incomplete; run them again and they go on where they stopped"));
  }
  return report.failed() == 0 ? kExitDone : kExitSomeFailed;
}

}  // namespace

int BatchCommand::Run(const CommonOptions& common, Console* console) {
  if (!arguments_.merge.empty()) return Merge(arguments_, console);
  return BatchCall(arguments_, common, console).Do();
}

}  // namespace pdquant
