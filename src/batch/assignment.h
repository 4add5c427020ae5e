// What happens to one model: in the process of a worker, and beforehand to find out whether it has to happen at all.
#ifndef PDQUANT_BATCH_ASSIGNMENT_H_
#define PDQUANT_BATCH_ASSIGNMENT_H_

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "batch/journal.h"
#include "batch/recipe.h"

namespace pdquant {

struct CommandResult {
  int exit_code = 0;
  int system_error = 0;  // the errno behind a failure; 0 where there is none
};

// Runs a command line. `arguments` are those behind the program's name.
using RunCommand = std::function<CommandResult(const std::vector<std::string>& arguments)>;

// The key of a call: a hash of the bytes of its inputs (the names of the files within a folder, too), the text of its
// options and the version. Empty where an input is there and can't be read, or is no regular file.
std::string KeyOf(const Call& call, const std::string& version);

// Which of the records of earlier runs makes another run needless: one with this key, whose files are still what it
// says; or one of a failure that lies in the model (exit codes 1, 2, 3), unless these are to be tried again.
std::optional<size_t> FindReusable(std::span<const ModelRecord> records, const std::string& key, const std::string& out,
                                   bool retry_failed);

// The files that an output consists of: the file, what a folder holds, or those of a prefix.
Result<std::vector<OutputFile>> FilesOf(const Call& call, const std::string& out);

struct Assignment {
  Job job;
  Call call;
  std::string version;
  std::string out;
  // Of earlier runs, for an input that is too large to look at anywhere but in the worker.
  std::vector<ModelRecord> earlier;
  bool retry_failed = false;
};

// Does the call in this process, whose standard output is a file of its own if it is captured. The record lacks what
// only the process above can know. Nothing is printed but by the command.
ModelRecord DoAssignment(const Assignment& assignment, const RunCommand& run);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_ASSIGNMENT_H_
