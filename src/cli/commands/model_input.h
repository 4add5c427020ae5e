#ifndef PDQUANT_CLI_COMMANDS_MODEL_INPUT_H_
#define PDQUANT_CLI_COMMANDS_MODEL_INPUT_H_

#include <memory>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "model/model.h"
#include "model/program_file.h"

namespace pdquant {

// What PROGRAM|MODEL means to a command that only reads: a program's file is the program alone, unless its parameters
// are named; a folder or a prefix is the model.
struct ModelInput {
  ModelFiles files;
  std::optional<Program> program;
  bool with_parameters = false;
  std::unique_ptr<ParameterReader> parameters;  // for who opens them, with OpenParameters
};

// Finds the files and reads the program. `params` is what --params says, or empty. Errors: those of FindModel and
// LoadProgram.
Status OpenProgram(const std::string& model, const std::string& params, const LoadLimits& limits, Findings* findings,
                   ModelInput* input);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODEL_INPUT_H_
