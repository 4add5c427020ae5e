// Signals that end a batch, taken at one place of its loop only.
#ifndef PDQUANT_BATCH_STOP_SIGNALS_H_
#define PDQUANT_BATCH_STOP_SIGNALS_H_

#include <poll.h>

#include <array>
#include <chrono>
#include <csignal>
#include <span>

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

}  // namespace pdquant

#endif  // PDQUANT_BATCH_STOP_SIGNALS_H_
