#include "batch/batch_run.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "base/number_text.h"
#include "batch/content_hash.h"

namespace pdquant {
namespace {

constexpr std::chrono::milliseconds kTurn(20);          // for looking at what is done, between looks at the workers
constexpr std::chrono::milliseconds kTick(200);         // between calls of Progress
constexpr std::chrono::milliseconds kLastChance(1000);  // from SIGTERM to SIGKILL when the batch is to end
constexpr uint64_t kLarge = uint64_t{16} << 20U;        // inputs that only a worker looks at

bool IsDiskFull(const ModelRecord& record) { return record.system_error == ENOSPC || record.system_error == EDQUOT; }

}  // namespace

BatchRun::BatchRun(const RunOptions& options, const Recipe& recipe, const RunCommand& run, const Progress& progress)
    : options_(options), recipe_(recipe), run_(run), progress_(progress) {}

Status BatchRun::Open(const Plan& plan) {
  plan_ = &plan;
  ContentHash hash;
  hash.Add(plan.Hash());
  hash.Add(options_.version);
  for (const std::string& word : recipe_.words()) hash.Add(word);
  plan_hash_ = hash.Hex();
  counts_.total = plan.size();
  results_.resize(plan.size());
  order_ = plan.LargestFirst();
  if (Status status = journal_.Open(options_.out, options_.shard); !status.ok()) return status;
  return history_.Load(options_.out, journal_.path(), &faults_);
}

void BatchRun::Set(uint32_t number, JobState state, uint64_t place, double seconds) {
  results_[number] = {place, static_cast<float>(seconds), state};
  if (state == JobState::kDone) ++counts_.done;
  if (state == JobState::kFailed) ++counts_.failed;
  if (state == JobState::kUnchanged) ++counts_.unchanged;
  if (state == JobState::kStillFailed) ++counts_.still_failed;
}

// The report has to find it in this run's part of the journal.
Status BatchRun::Reuse(uint32_t number, const History::Found& found) {
  const ModelRecord& record = found.record;
  const JobState state = record.done ? JobState::kUnchanged : JobState::kStillFailed;
  uint64_t place = 0;
  if (found.place) {
    place = *found.place;
  } else {
    const Result<uint64_t> appended = journal_.Append(record);
    if (!appended.ok()) return appended.status();
    place = *appended;
  }
  Set(number, state, place, record.seconds);
  return {};
}

Status BatchRun::Finish(const Active& job, ModelRecord record) {
  if (record.reused != 0) return Reuse(job.number, job.earlier[record.reused - 1]);
  if (stopped_by_ != 0 && !record.done) return {};  // it didn't fail: it was interrupted
  const bool disk_full = IsDiskFull(record);
  record.system_error = 0;  // not for the journal
  const Result<uint64_t> place = journal_.Append(record);
  if (!place.ok()) return place.status();
  Set(job.number, record.done ? JobState::kDone : JobState::kFailed, *place, record.seconds);
  return disk_full ? IoError(record.message) : Status();
}

Status BatchRun::StartJob(uint32_t number, const StopSignals& signals, bool* started) {
  *started = false;
  Result<Job> job = plan_->Read(number);
  if (!job.ok()) return job.status();
  Result<Call> call = recipe_.Bind(*job, options_.out);
  if (!call.ok()) return call.status();
  Assignment assignment = {std::move(*job),      std::move(*call), options_.version, options_.out, {},
                           options_.retry_failed};
  auto active = std::make_unique<Active>();
  active->number = number;
  if (!options_.force) active->earlier = history_.Find(assignment.job.output, plan_hash_);
  for (const History::Found& found : active->earlier) assignment.earlier.push_back(found.record);
  if (!assignment.earlier.empty() && SizeOfInput(assignment.job.input) < kLarge) {
    const std::string key = KeyOf(assignment.call, assignment.version);
    const auto found = FindReusable(assignment.earlier, key, options_.out, options_.retry_failed);
    if (found) return Reuse(number, active->earlier[*found]);
    assignment.earlier.clear();
  }
  Status status =
      active->worker.Start(assignment, run_, options_.limits, signals.outer_mask(), journal_.workers_lock());
  if (!status.ok()) return status;
  active_.push_back(std::move(active));
  *started = true;
  return {};
}

// Returns whether there is more to start at once.
bool BatchRun::StartSome(const StopSignals& signals) {
  const Clock::time_point turn_ends = Clock::now() + kTurn;
  while (may_start() && next_ < order_.size() && active_.size() < options_.workers) {
    bool started = false;
    Status status = StartJob(order_[next_], signals, &started);
    // No process to be had: one of ours will end.
    if (status.code() == StatusCode::kTryAgain && !active_.empty()) return false;
    if (!status.ok()) {
      trouble_ = std::move(status);
      return false;
    }
    ++next_;
    if (!started && Clock::now() > turn_ends) return true;
  }
  return false;
}

void BatchRun::Wait(const StopSignals& signals, bool more) const {
  std::vector<pollfd> watched;
  Clock::time_point until = Clock::now() + kTick;
  for (const auto& job : active_) {
    job->worker.AddTo(&watched);
    until = std::min(until, job->worker.deadline());
  }
  const auto time = more ? std::chrono::nanoseconds(0) : std::max(until - Clock::now(), Clock::duration(0));
  signals.Wait(watched, time);
}

void BatchRun::StopAll(int signal) {
  if (signal == 0 || stopped_by_ != 0) return;
  stopped_by_ = signal;
  const Clock::time_point now = Clock::now();
  for (const auto& job : active_) job->worker.Stop(now, kLastChance);
}

void BatchRun::Collect() {
  const Clock::time_point now = Clock::now();
  for (size_t i = 0; i < active_.size();) {
    if (!active_[i]->worker.Advance(now)) {
      ++i;
      continue;
    }
    const std::unique_ptr<Active> gone = std::move(active_[i]);
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(i));
    Status status = Finish(*gone, gone->worker.TakeRecord());
    if (!status.ok() && trouble_.ok()) trouble_ = std::move(status);
  }
}

Status BatchRun::Do() {
  const StopSignals signals;
  const Result<uint64_t> begun =
      journal_.Append(RunRecord{options_.shard, counts_.total, plan_hash_, options_.version, recipe_.words()});
  if (!begun.ok()) return begun.status();
  for (;;) {
    const bool more = StartSome(signals);
    progress_(counts_);
    if (active_.empty() && !more) break;
    Wait(signals, more);
    StopAll(signals.stopped_by());
    Collect();
  }
  const Result<uint64_t> ended = journal_.Append(EndRecord{counts_.left()});
  if (!trouble_.ok()) return trouble_;
  return ended.ok() ? journal_.Flush() : ended.status();
}

size_t DefaultWorkers(const Environment& environment) {
  if (const char* text = environment("SLURM_CPUS_PER_TASK"); text != nullptr) {
    if (const auto count = ParseNumber<size_t>(text); count && *count > 0) return *count;
  }
  return std::max(1U, std::thread::hardware_concurrency());  // glibc counts what sched_getaffinity allows
}

}  // namespace pdquant
