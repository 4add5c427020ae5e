// Configuration files: options in TOML, one table for each command.
#ifndef PDQUANT_CLI_SHELL_CONFIG_H_
#define PDQUANT_CLI_SHELL_CONFIG_H_

#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/shell/option_list.h"

namespace pdquant {

// Sets the options of `command` that the file gives and the command line doesn't. The keys are the long names without
// their dashes; the tables of other commands are checked for unknown keys and wrong types, too. `options_of` gives the
// options of a command, or null where there is no such command.
// Errors: kIo; kUsage, with line and column.
Status ApplyConfig(const std::string& path, std::string_view command,
                   const std::function<OptionList*(std::string_view command)>& options_of);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_CONFIG_H_
