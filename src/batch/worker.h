// A worker: a process for one model. Whatever happens in it costs that model only.
//
// The process is forked from this one, which has one thread, and calls the command without an exec: it has all that
// isolation needs (an address space, limits, a group and a death of its own) and starts in a fraction of the time.
#ifndef PDQUANT_BATCH_WORKER_H_
#define PDQUANT_BATCH_WORKER_H_

#include <poll.h>
#include <sys/types.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "batch/assignment.h"
#include "files/descriptor.h"

namespace pdquant {

// While it lives, the signals that end a process, and SIGCHLD, wait until Wait lets them in. Those that are ignored
// stay ignored; so is a broken pipe.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // poll(2), which a signal ends early.
  void Wait(std::span<pollfd> watched, std::chrono::nanoseconds timeout) const;
  // The signal that came, or 0.
  int stopped_by() const;
  // The mask from before, for new processes.
  const sigset_t& outer_mask() const { return outer_; }

 private:
  static constexpr std::array<int, 9> kWatched = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGALRM,
                                                  SIGUSR1, SIGUSR2, SIGXCPU, SIGCHLD};

  std::array<struct sigaction, kWatched.size()> before_ = {};
  struct sigaction pipe_before_ = {};
  sigset_t outer_ = {};
};

using Clock = std::chrono::steady_clock;

struct WorkerLimits {
  std::chrono::duration<double> timeout{0};  // 0: none
  uint64_t memory = 0;                       // of the address space, in bytes; 0: no limit
};

class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  // Kills it.
  ~Worker();

  // Starts the process. `mask` is the signal mask that it gets, `held` a descriptor that it keeps open. Errors: kIo;
  // kTryAgain where no process can be had.
  Status Start(const Assignment& assignment, const RunCommand& run, const WorkerLimits& limits, const sigset_t& mask,
               int held);

  // What poll(2) has to watch: two entries.
  void AddTo(std::vector<pollfd>* watched) const;
  // Reads what has come, ends a process whose time is over, and returns true once it is gone.
  bool Advance(Clock::time_point now);
  // When Advance has to be called at the latest.
  Clock::time_point deadline() const { return deadline_; }
  // Asks the process to end; after `patience` it is killed.
  void Stop(Clock::time_point now, std::chrono::milliseconds patience);

  // How it came out, once it is gone.
  ModelRecord TakeRecord();

 private:
  void Drain();
  bool Reap();
  void Explain(ModelRecord* record) const;

  pid_t process_ = 0;
  Descriptor result_;
  Descriptor errors_;
  std::string result_text_;
  std::string log_;
  uint64_t log_size_ = 0;
  Job job_;
  WorkerLimits limits_;
  Clock::time_point start_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool stopped_ = false;  // SIGTERM was sent
  bool timed_out_ = false;
  bool killed_ = false;
  int wait_status_ = 0;
};

}  // namespace pdquant

#endif  // PDQUANT_BATCH_WORKER_H_
