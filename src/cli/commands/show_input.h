#ifndef PDQUANT_CLI_COMMANDS_SHOW_INPUT_H_
#define PDQUANT_CLI_COMMANDS_SHOW_INPUT_H_

#include <memory>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/status.h"
#include "files/input.h"
#include "ir/program.h"
#include "model/parameter_reader.h"
#include "model/program_file.h"
#include "model/tensor_record.h"

namespace pdquant {

// What `show` looks at: a program, a program with its parameters, or a parameter file alone.
struct ShowInput {
  std::optional<Program> program;
  std::unique_ptr<ParameterReader> parameters;  // of the program, in the order of their names
  std::unique_ptr<ByteSource> records;          // of a parameter file alone
  Bytes bytes;                                  // of a parameter file that came through a pipe
};

// Opens what the command line names; what it is follows from its content. `params` is what --params says, or empty.
// What is wrong with it, but doesn't keep it from being shown, goes to the findings. Errors: kIo; kBadInput; kUsage
// where --params is given for a parameter file.
Result<ShowInput> OpenShowInput(const std::string& path, const std::string& params, const LoadLimits& limits,
                                Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_SHOW_INPUT_H_
