#ifndef PDQUANT_CLI_COMMANDS_DIFF_GIT_H_
#define PDQUANT_CLI_COMMANDS_DIFF_GIT_H_

#include "cli/commands/diff_arguments.h"
#include "cli/shell/common_options.h"
#include "cli/shell/console.h"

namespace pdquant {

// `diff --git`: what git's external diff driver has to do (gitattributes(5), git(1) GIT_EXTERNAL_DIFF). The arguments
// are PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE, of a renamed file NEW-PATH and what git says of the
// renaming behind them, of an unmerged one PATH alone. A file that isn't there is /dev/null. Returns 0, whatever the
// files are: for git any other exit code is the end of the whole diff. Only a standard output that can't be written is
// a failure.
int RunDiffForGit(const DiffArguments& arguments, const CommonOptions& common, Console* console);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_DIFF_GIT_H_
