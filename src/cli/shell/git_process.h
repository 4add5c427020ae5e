#ifndef PDQUANT_CLI_SHELL_GIT_PROCESS_H_
#define PDQUANT_CLI_SHELL_GIT_PROCESS_H_

#include <string>
#include <vector>

#include "base/status.h"

namespace pdquant {

struct GitAnswer {
  int exit_code = 0;
  std::string out;  // without the last newline
};

// Runs git, of PATH, and waits for it. Only `git-setup` does: no other command starts a process. git's own messages are
// dropped. Errors: kIo where there is no git, or a signal ended it.
Result<GitAnswer> RunGit(const std::vector<std::string>& arguments);

// Whether PATH has an executable file of that name.
bool IsOnPath(const std::string& name);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_GIT_PROCESS_H_
