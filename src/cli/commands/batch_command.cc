#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/version.h"
#include "base/words.h"
#include "batch/batch_run.h"
#include "batch/inputs.h"
#include "batch/plan.h"
#include "batch/report.h"
#include "cli/commands/batch_arguments.h"
#include "cli/commands/commands.h"
#include "cli/shell/command_line.h"
#include "cli/shell/signals.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"
#include "files/path.h"

namespace pdquant {
namespace {

// `pdquant batch [INPUT …] --out OUT -- COMMAND …`: runs a command over many models, each in a process of its own.
class BatchCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  void TakeRest(std::vector<std::string> words) override { arguments_.words = std::move(words); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  BatchArguments arguments_;
};

constexpr std::chrono::milliseconds kRefresh(100);
constexpr uint64_t kFewestPerLine = 100;  // models
constexpr uint64_t kMostLines = 20;

std::string Duration(double seconds) {
  const auto whole = static_cast<uint64_t>(std::ceil(seconds));
  if (whole < 120) return std::to_string(whole) + " s";
  if (whole < 7200) return std::to_string(whole / 60) + " min";
  return std::to_string(whole / 3600) + " h";
}

// How far a batch is, on standard error: one line that changes on a terminal, else a line now and then.
class BatchProgress {
 public:
  explicit BatchProgress(bool quiet);

  void Show(const Counts& counts);
  // Removes the line from the terminal.
  void End();

 private:
  std::string Line(const Counts& counts, Clock::time_point now) const;

  bool quiet_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
  uint64_t next_line_ = 0;  // models finished
};

BatchProgress::BatchProgress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), start_(Clock::now()) {}

std::string BatchProgress::Line(const Counts& counts, Clock::time_point now) const {
  const uint64_t failed = counts.failed + counts.still_failed;
  std::string line = std::to_string(counts.finished()) + " of " + std::to_string(counts.total) + ": " +
                     std::to_string(counts.done) + " done, " + std::to_string(failed) + " failed, " +
                     std::to_string(counts.unchanged) + " skipped";
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto worked = static_cast<double>(counts.done + counts.failed);
  if (worked < 1 || seconds <= 0) return line;
  const double rate = worked / seconds;
  line += ", " + std::to_string(static_cast<uint64_t>(std::max(rate, 1.0))) + " a second";
  if (rate < 1) line.replace(line.rfind(", "), std::string::npos, ", one in " + Duration(1 / rate));
  return counts.left() == 0 ? line : line + ", " + Duration(static_cast<double>(counts.left()) / rate) + " left";
}

void BatchProgress::Show(const Counts& counts) {
  if (quiet_ || counts.finished() == 0) return;
  const Clock::time_point now = Clock::now();
  if (terminal_) {
    if (now - last_ < kRefresh) return;
    last_ = now;
    shown_ = true;
    WriteStandardError("\r" + Line(counts, now) + "\033[K");
    return;
  }
  const uint64_t step = std::max(kFewestPerLine, counts.total / kMostLines);
  if (counts.total < step || counts.finished() < std::max(next_line_, step)) return;
  next_line_ = (counts.finished() / step + 1) * step;
  WriteStandardError(Line(counts, now) + "\n");
}

void BatchProgress::End() {
  if (shown_) WriteStandardError("\r\033[K");
  shown_ = false;
}

const char* Variable(const char* name) { return std::getenv(name); }

// An argument vector as a process gets it; refers to `arguments`.
std::vector<char*> Pointers(const std::vector<std::string>& arguments) {
  static char name[] = "pdquant";
  std::vector<char*> pointers = {name};
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

CommandResult RunHere(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers = Pointers(arguments);
  CommandResult result;
  result.exit_code = RunCommandLine(static_cast<int>(arguments.size()) + 1, pointers.data(), &result.system_error);
  return result;
}

// The options and arguments of a command as it understands them itself. Those of a configuration file are among them,
// so that the file needs no mention any more.
Result<std::vector<GivenOption>> ParseHere(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers = Pointers(arguments);
  CommandLine line;
  if (Status status = line.Parse(static_cast<int>(arguments.size()) + 1, pointers.data()); !status.ok()) return status;
  if (line.command() == nullptr) return UsageError("--help is not for the command of a batch");
  std::vector<GivenOption> given;
  for (const OptionList::Option& option : line.options()->all()) {
    if (option.key == "config") continue;
    const bool is_flag = option.kind == OptionKind::kFlag;
    for (const std::string& value : option.values) {
      if (is_flag && value != "true") continue;
      if (option.is_argument) {
        given.push_back({"", value, false, PathRole::kInput});
      } else {
        given.push_back({"--" + option.key, is_flag ? "" : value, is_flag, option.role});
      }
    }
  }
  return given;
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
    console->Report({{faults.path, &findings}});
  }
}

Status Print(const BatchReport& report, OutputFormat format, const Console& console) {
  const BrokenPipeWaits broken_pipe_waits;
  if (format == OutputFormat::kJson || format == OutputFormat::kJunit) {
    const StandardOutputSink output;
    Status status =
        format == OutputFormat::kJson ? WriteJson(report, output.sink()) : WriteJunit(report, output.sink());
    return output.status().ok() ? status : output.status();
  }
  if (format == OutputFormat::kText && !console.shows_summary()) return {};
  const Result<std::string> text = format == OutputFormat::kMarkdown ? SummaryMarkdown(report, console.list_limit())
                                                                     : SummaryText(report, console.list_limit());
  return text.ok() ? WriteStandardOutput(*text) : text.status();
}

// Where nobody gets the summary, the failures are told as errors are.
Status TellFailures(const BatchReport& report, size_t room) {
  for (size_t i = 0; i < report.size && room > 0; ++i) {
    if (!IsFailed(report.state(i))) continue;
    const Result<ModelRecord> record = report.read(i);
    if (!record.ok()) return record.status();
    // Most are the command's own messages, which say all that is needed.
    const std::string message = Printable(record->message);
    const bool is_whole = message.ends_with(']');
    WriteStandardError(
        "pdquant: error: " + (is_whole ? message : Quote(record->input) + ": " + message + " [model-failed]") + "\n");
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
    return Report(ReportOf(run, options_.shard, arguments_.RetryCommand(common_)), done);
  }

 private:
  Status Prepare() {
    if (Status status = arguments_.Validate(); !status.ok()) return status;
    Result<Recipe> recipe = Recipe::Make(arguments_.WordsWith(common_), arguments_.baseline, ParseHere);
    if (!recipe.ok()) return recipe.status();
    recipe_ = std::move(*recipe);
    if (!arguments_.shard.empty()) {
      const Result<Shard> shard = ParseShard(arguments_.shard, Variable);
      if (!shard.ok()) return shard.status();
      options_.shard = *shard;
    }
    options_.out = WithoutSlashes(arguments_.out);
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
    if (!console_->shows_summary() && arguments_.format == OutputFormat::kText) {
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

std::unique_ptr<Command> MakeBatchCommand() { return std::make_unique<BatchCommand>(); }

}  // namespace pdquant
