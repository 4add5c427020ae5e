// What a process does when a signal ends it.
#ifndef PDQUANT_CLI_SHELL_SIGNALS_H_
#define PDQUANT_CLI_SHELL_SIGNALS_H_

#include <csignal>

namespace pdquant {

// The signals that end a process remove its temporary files and then do what they always do, so that whoever waits for
// the process sees the signal. Those that are ignored when it starts (nohup) stay ignored, but for SIGPIPE: that one
// may come ignored from a parent that doesn't know it (Python), and a broken pipe is to end the process without a word.
// SIGXFSZ is ignored: a write over the limit of file sizes fails with EFBIG instead.
void InstallSignalHandlers();

// While it lives, a broken pipe is only an error of the write (EPIPE); the signal waits for the end of the scope.
class BrokenPipeWaits {
 public:
  BrokenPipeWaits();
  BrokenPipeWaits(const BrokenPipeWaits&) = delete;
  BrokenPipeWaits& operator=(const BrokenPipeWaits&) = delete;
  ~BrokenPipeWaits();

 private:
  sigset_t before_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_SIGNALS_H_
