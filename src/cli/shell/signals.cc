#include "cli/shell/signals.h"

#include <pthread.h>

#include <array>

#include "files/temporary_registry.h"

namespace pdquant {
namespace {

constexpr std::array<int, 9> kEnding = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGPIPE};

// SA_RESETHAND has restored the default, and the signal is blocked until the handler returns: then it ends the process.
extern "C" void EndBySignal(int number) {
  RemoveTemporariesInSignalHandler();
  static_cast<void>(raise(number));
}

sigset_t OnlyBrokenPipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

void InstallSignalHandlers() {
  struct sigaction ending = {};
  ending.sa_handler = EndBySignal;
  ending.sa_flags = static_cast<int>(SA_RESETHAND);
  sigfillset(&ending.sa_mask);
  for (const int number : kEnding) {
    struct sigaction inherited = {};
    sigaction(number, &ending, &inherited);
    if (inherited.sa_handler == SIG_IGN && number != SIGPIPE) sigaction(number, &inherited, nullptr);
  }
  const sigset_t broken_pipe = OnlyBrokenPipe();
  pthread_sigmask(SIG_UNBLOCK, &broken_pipe, nullptr);
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGXFSZ, &ignored, nullptr);
}

BrokenPipeWaits::BrokenPipeWaits() {
  const sigset_t broken_pipe = OnlyBrokenPipe();
  pthread_sigmask(SIG_BLOCK, &broken_pipe, &before_);
}

BrokenPipeWaits::~BrokenPipeWaits() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace pdquant
