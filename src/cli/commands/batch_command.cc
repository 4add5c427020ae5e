#include "cli/commands/batch_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "base/shortest_text.h"
#include "base/version.h"
#include "batch/batch_run.h"
#include "batch/inputs.h"
#include "batch/plan.h"
#include "batch/report.h"
#include "cli/shell/cli.h"
#include "cli/shell/command_line.h"
#include "cli/shell/signals.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"
#include "files/path.h"

namespace pdquant {
namespace {

constexpr float kLongestTimeout = 1e7F;  // seconds

// A word as a shell reads it, fit to print: what a terminal, or a reader, might take for something else is written as
// octal digits, in the quotes $'…' of POSIX.1-2024 that bash, zsh and ksh have always had.
std::string ShellWord(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!word.empty() && word[0] != '=' && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quotable = word;
  std::erase_if(quotable, [](char c) { return c == '\'' || c == '"' || c == '\\'; });
  if (EscapeWhole(quotable) == quotable) {
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
  }
  std::string text = "$'";
  for (const char c : word) {
    if (c < ' ' || c > '~') {
      text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      text += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
  }
  return text + "'";
}

// The options of all commands that matter to what is done.
std::vector<std::string> Passed(const CommonOptions& common) {
  std::vector<std::string> words;
  const LoadLimits usual;
  if (!common.config.empty()) words.insert(words.end(), {"--config", common.config});
  if (common.limits.max_bytes != usual.max_bytes) {
    words.insert(words.end(), {"--max-bytes", std::to_string(common.limits.max_bytes)});
  }
  if (common.limits.max_ops != usual.max_ops) {
    words.insert(words.end(), {"--max-ops", std::to_string(common.limits.max_ops)});
  }
  return words;
}

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
    const InputFindings found = {faults.path, &findings};
    console->Report({&found, 1});
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
    if (WordFor(report.state(i)) != "failed") continue;
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

void BatchArguments::AddTo(OptionList* options) {
  options->Arguments("INPUT",
                     "files, folders, patterns with *, ?, [] and **, or - for a\nlist on standard input; what follows "
                     "-- is the command:\ntranspile, freeze, int8, undo, observe, read, quantize,\nweights, "
                     "convert, import, check, show or diff, and its\noptions",
                     &inputs);
  options->SetGroup("Files");
  options->Text("-o,--out", "OUT", "the folder for all outputs, and for .pdquant, the journal", &out);
  options->InputPath("--list", "FILE",
                     "more inputs: one a line, or JSON lines with input, and\noutput and options of their own", &list);
  options->InputPath("--baseline", "DIR", "for diff: the folder with what to compare with", &baseline);
  options->SetGroup("How to run");
  options->Integer(
      "-j,--jobs",
      "how many at the same time; 0 is the processors there\nare, or the environment's SLURM_CPUS_PER_TASK", &jobs,
      [this] { return jobs < 0 || jobs > 4096 ? UsageError("has to be 0 to 4096") : Status(); });
  options->Text("--shard", "I/N|auto",
                "do the I-th of N parts; auto asks the environment:\nSLURM_ARRAY_TASK_ID, _MIN and _COUNT; "
                "JOB_COMPLETION_INDEX\nor PARALLEL_SEQ with PDQUANT_SHARDS",
                &shard);
  options->Number("--timeout", "end a model's work after so many seconds; 0 is never", &timeout, [this] {
    const bool in_range = std::isfinite(timeout) && timeout >= 0 && timeout <= kLongestTimeout;
    return in_range ? Status() : UsageError("has to be 0 to 10000000 seconds");
  });
  options->Size("--memory", "the most memory for each worker", "no limit", &memory);
  options->Flag("--fail-fast", "start nothing more after the first failure", &fail_fast);
  options->Flag("--force", "do again what is done and unchanged", &force);
  options->Flag("--retry-failed", "do again what failed before and is unchanged", &retry_failed);
  options->SetGroup("Report");
  options->InputPath("--merge-reports", "OUT", "run nothing: report what all shards have done in OUT", &merge);
  options->Format("text (default), json, junit or markdown",
                  {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kJunit, OutputFormat::kMarkdown}, &format);
}

Status BatchArguments::Validate() const {
  if (!merge.empty()) {
    const bool runs = !inputs.empty() || !list.empty() || !words.empty() || !out.empty();
    return runs ? UsageError("--merge-reports OUT runs nothing: no inputs, no --out and no command go with it")
                : Status();
  }
  if (out.empty()) return UsageError("--out OUT is required; see 'pdquant batch --help'");
  if (words.empty()) return UsageError("a command is required behind --, such as: batch --out OUT models -- check");
  if (inputs.empty() && list.empty()) return UsageError("no input: name files, folders or patterns, or --list FILE");
  return {};
}

std::vector<std::string> BatchArguments::WordsWith(const CommonOptions& common) const {
  std::vector<std::string> all = {words.front()};
  for (std::string& word : Passed(common)) all.push_back(std::move(word));
  all.insert(all.end(), words.begin() + 1, words.end());
  return all;
}

std::string BatchArguments::RetryCommand(const CommonOptions& common) const {
  std::string text = "pdquant batch --retry-failed --out " + ShellWord(out);
  for (const std::string& word : Passed(common)) text += " " + ShellWord(word);
  if (!list.empty()) text += " --list " + ShellWord(list);
  if (!baseline.empty()) text += " --baseline " + ShellWord(baseline);
  if (!shard.empty()) text += " --shard " + ShellWord(shard);
  if (timeout > 0) text += " --timeout " + ShortestText(timeout);
  if (memory > 0) text += " --memory " + std::to_string(memory);
  for (const std::string& input : inputs) text += " " + ShellWord(input);
  text += " --";
  for (const std::string& word : words) text += " " + ShellWord(word);
  return text;
}

int BatchCommand::Run(const CommonOptions& common, Console* console) {
  if (!arguments_.merge.empty()) return Merge(arguments_, console);
  return BatchCall(arguments_, common, console).Do();
}

}  // namespace pdquant
