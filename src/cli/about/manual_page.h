// Manual pages, as roff with the macros of man(7).
#ifndef PDQUANT_CLI_ABOUT_MANUAL_PAGE_H_
#define PDQUANT_CLI_ABOUT_MANUAL_PAGE_H_

#include <string>

#include "cli/about/command_tree.h"

namespace pdquant {

// pdquant.1: pdquant, and all its commands.
std::string ManualPage(const CommandTree& tree);
// pdquant-COMMAND.1.
std::string ManualPage(const CommandTree& tree, const CommandDescription& command);

}  // namespace pdquant

#endif  // PDQUANT_CLI_ABOUT_MANUAL_PAGE_H_
