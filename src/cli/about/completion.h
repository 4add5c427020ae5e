// Scripts that complete command lines of pdquant in a shell.
#ifndef PDQUANT_CLI_ABOUT_COMPLETION_H_
#define PDQUANT_CLI_ABOUT_COMPLETION_H_

#include <string>

#include "cli/about/command_tree.h"

namespace pdquant {

std::string BashCompletion(const CommandTree& tree);
std::string ZshCompletion(const CommandTree& tree);
std::string FishCompletion(const CommandTree& tree);

// A word as it stands between single quotes in bash and zsh.
std::string ShellQuoted(const std::string& word);

}  // namespace pdquant

#endif  // PDQUANT_CLI_ABOUT_COMPLETION_H_
