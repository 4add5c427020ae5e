#ifndef PDQUANT_CLI_COMMANDS_BATCH_PROGRESS_H_
#define PDQUANT_CLI_COMMANDS_BATCH_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "batch/batch_run.h"

namespace pdquant {

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

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_BATCH_PROGRESS_H_
