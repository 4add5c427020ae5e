#ifndef PDQUANT_CLI_COMMANDS_BATCH_ARGUMENTS_H_
#define PDQUANT_CLI_COMMANDS_BATCH_ARGUMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/shell/command.h"

namespace pdquant {

// What the command line of `batch` says.
struct BatchArguments {
  std::vector<std::string> inputs;
  std::string list;
  std::string out;
  std::string baseline;
  std::string merge;  // OUT of --merge-reports
  std::string shard;  // empty: the only one
  int32_t jobs = 0;   // 0: as many as there are processors
  float timeout = 0;
  uint64_t memory = 0;
  bool fail_fast = false;
  bool force = false;
  bool retry_failed = false;
  OutputFormat format = OutputFormat::kText;
  std::vector<std::string> words;  // behind "--"

  void AddTo(OptionList* options);
  Status Validate() const;
  // The words, with the options of all commands that were given to `batch` handed on; those behind "--" win.
  std::vector<std::string> WordsWith(const CommonOptions& common) const;
  // A command line that does the failed ones again, as a shell reads it.
  std::string RetryCommand(const CommonOptions& common) const;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_BATCH_ARGUMENTS_H_
