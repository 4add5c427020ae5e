#ifndef PDQUANT_CLI_COMMANDS_DIFF_INPUT_H_
#define PDQUANT_CLI_COMMANDS_DIFF_INPUT_H_

#include <string>

#include "base/finding.h"
#include "base/status.h"
#include "cli/commands/show_input.h"
#include "model/program_file.h"

namespace pdquant {

// One of the two that `diff` compares.
struct DiffInput {
  std::string path;      // of the program's file, or of the parameter file
  bool is_null = false;  // git's /dev/null: there is no such file on this side
  ShowInput content;
};

// Opens a program, a model (a folder or a prefix) or a parameter file. Parameters of a program are opened only where
// `with_parameters` says so, from `params` or from beside it. Errors: those of OpenShowInput, FindModel and
// ParameterReader::Open.
Result<DiffInput> OpenDiffInput(const std::string& name, bool with_parameters, const std::string& params,
                                const LoadLimits& limits, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_DIFF_INPUT_H_
