#ifndef PDQUANT_CLI_SHELL_IGNORED_FILES_H_
#define PDQUANT_CLI_SHELL_IGNORED_FILES_H_

#include "cli/shell/console.h"
#include "model/model.h"

namespace pdquant {

// With -v, says which files in a folder of parameters belong to none of them.
void TellIgnored(const ModelFiles& files, const ParameterReader& reader, Console* console);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_IGNORED_FILES_H_
