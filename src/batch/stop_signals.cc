#include "batch/stop_signals.h"

#include <algorithm>
#include <ctime>

namespace pdquant {
namespace {

volatile std::sig_atomic_t g_stopped_by = 0;

extern "C" void NoteSignal(int number) {
  if (number != SIGCHLD) g_stopped_by = number;
}

}  // namespace

StopSignals::StopSignals() {
  g_stopped_by = 0;
  sigset_t blocked;
  sigemptyset(&blocked);
  for (size_t i = 0; i < kWatched.size(); ++i) {
    sigaddset(&blocked, kWatched[i]);
    struct sigaction action = {};
    action.sa_handler = NoteSignal;
    sigaction(kWatched[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN || kWatched[i] == SIGCHLD) sigaction(kWatched[i], &action, nullptr);
  }
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignored, &pipe_before_);
  sigprocmask(SIG_BLOCK, &blocked, &outer_);
}

StopSignals::~StopSignals() {
  Wait({}, std::chrono::nanoseconds(0));  // takes SIGCHLD, which nobody else waits for
  for (size_t i = 0; i < kWatched.size(); ++i) sigaction(kWatched[i], &before_[i], nullptr);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  sigprocmask(SIG_SETMASK, &outer_, nullptr);
}

void StopSignals::Wait(std::span<pollfd> watched, std::chrono::nanoseconds timeout) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timespec time = {static_cast<time_t>(seconds.count()), static_cast<long>((timeout - seconds).count())};
  ppoll(watched.data(), watched.size(), &time, &outer_);
}

int StopSignals::stopped_by() const { return g_stopped_by; }

}  // namespace pdquant
