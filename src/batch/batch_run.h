// One run of a batch over one shard: starts workers, keeps the journal.
#ifndef PDQUANT_BATCH_BATCH_RUN_H_
#define PDQUANT_BATCH_BATCH_RUN_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "batch/assignment.h"
#include "batch/journal.h"
#include "batch/plan.h"
#include "batch/recipe.h"
#include "batch/shard.h"
#include "batch/worker.h"

namespace pdquant {

struct RunOptions {
  std::string out;
  Shard shard;
  size_t workers = 1;
  WorkerLimits limits;
  bool force = false;         // does again what is done
  bool retry_failed = false;  // does again what failed for a reason in the model
  bool fail_fast = false;     // starts nothing after the first failure
  std::string version;
};

enum class JobState : uint8_t {
  kLeft,  // not started, or interrupted
  kDone,
  kFailed,
  kUnchanged,   // done by an earlier run
  kStillFailed  // failed in an earlier run, and nothing has changed since
};

inline bool IsFailed(JobState state) { return state == JobState::kFailed || state == JobState::kStillFailed; }

struct Counts {
  uint64_t total = 0;
  uint64_t done = 0;
  uint64_t failed = 0;  // in this run
  uint64_t unchanged = 0;
  uint64_t still_failed = 0;

  uint64_t finished() const { return done + failed + unchanged + still_failed; }
  uint64_t left() const { return total - finished(); }
};

class BatchRun {
 public:
  using Progress = std::function<void(const Counts&)>;

  // All have to outlive it. `progress` is called after each job and now and then.
  BatchRun(const RunOptions& options, const Recipe& recipe, const RunCommand& run, const Progress& progress);

  // Takes the lock and reads what earlier runs did. Errors: kTryAgain where another run has the lock; kIo.
  Status Open(const Plan& plan);
  // Does the jobs of the plan. Errors: what stopped the run before its end, such as a full disk (kIo). Failed jobs are
  // none.
  Status Do();

  const Counts& counts() const { return counts_; }
  // The signal that stopped the run, or 0.
  int stopped_by() const { return stopped_by_; }
  const std::vector<JournalFaults>& faults() const { return faults_; }

  // Job `number` of the plan: its state, and its record unless it is left.
  JobState state(size_t number) const { return results_[number].state; }
  float seconds(size_t number) const { return results_[number].seconds; }
  Result<ModelRecord> Read(size_t number) const { return journal_.ReadModel(results_[number].place); }

 private:
  struct JobResult {
    uint64_t place = 0;  // of its record in the journal
    float seconds = 0;
    JobState state = JobState::kLeft;
  };
  struct Active {
    uint32_t number;
    std::vector<History::Found> earlier;
    Worker worker;
  };

  bool may_start() const { return trouble_.ok() && stopped_by_ == 0 && !(options_.fail_fast && counts_.failed != 0); }
  bool StartSome(const StopSignals& signals);
  Status StartJob(uint32_t number, const StopSignals& signals, bool* started);
  void Wait(const StopSignals& signals, bool more) const;
  void StopAll(int signal);
  void Collect();
  Status Finish(const Active& job, ModelRecord record);
  Status Reuse(uint32_t number, const History::Found& found);
  void Set(uint32_t number, JobState state, uint64_t place, double seconds);

  const RunOptions& options_;
  const Recipe& recipe_;
  const RunCommand& run_;
  const Progress& progress_;
  const Plan* plan_ = nullptr;
  std::string plan_hash_;
  Journal journal_;
  History history_;
  std::vector<JournalFaults> faults_;
  std::vector<uint32_t> order_;
  size_t next_ = 0;  // in order_
  std::vector<std::unique_ptr<Active>> active_;
  std::vector<JobResult> results_;
  Counts counts_;
  Status trouble_;
  int stopped_by_ = 0;
};

// The processors that this process may use, or what SLURM_CPUS_PER_TASK says.
size_t DefaultWorkers(const Environment& environment);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_BATCH_RUN_H_
