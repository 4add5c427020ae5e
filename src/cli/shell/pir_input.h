// Programs of Paddle 3 (PIR) as the commands that look at one take them.
#ifndef PDQUANT_CLI_SHELL_PIR_INPUT_H_
#define PDQUANT_CLI_SHELL_PIR_INPUT_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "base/status.h"
#include "model/model.h"
#include "model/parameter_reader.h"
#include "model/program_file.h"
#include "pir/program.h"

namespace pdquant {

struct PirInput {
  ModelFiles files;
  std::optional<pir::Program> program;
  // As for other programs: a folder and a prefix mean the model, a file the program alone unless --params names them.
  bool with_parameters = false;
};

// Whether `path` names a program of PIR: a regular file that begins as one, or a folder or a prefix of one. Standard
// input isn't looked at.
bool NamesPir(const std::string& path);

// Reads it and checks its structure. Errors: those of FindPirModel, ReadProgramBytes and pir::ReadProgram.
Status OpenPir(const std::string& path, const std::string& params, const LoadLimits& limits, Findings* findings,
               PirInput* input);

// The same of a text that was read from `path`.
Result<pir::Program> ReadPir(std::string_view text, const std::string& path, const LoadLimits& limits,
                             Findings* findings);

// Opens the parameters and checks them against the program; null where the program has none. Errors: kBadInput where
// nobody said where they are, or they aren't there; those of ParameterReader::Open.
Result<std::unique_ptr<ParameterReader>> OpenPirParameters(const PirInput& input, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_PIR_INPUT_H_
