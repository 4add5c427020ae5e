// What the commands that read take: programs, models and parameter files.
#ifndef PDQUANT_CLI_SHELL_INPUTS_H_
#define PDQUANT_CLI_SHELL_INPUTS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "base/status.h"
#include "cli/shell/console.h"
#include "files/input.h"
#include "ir/index.h"
#include "ir/program.h"
#include "model/model.h"
#include "model/parameter_reader.h"
#include "model/program_file.h"
#include "model/tensor_record.h"
#include "pir/program.h"

namespace pdquant {

// A model, or a program, that a command was given.
struct ModelInput {
  ModelFiles files;
  std::optional<Program> program;
  // What PROGRAM|MODEL means to a command that only reads: a program's file is the program alone, unless its parameters
  // are named; a folder or a prefix is the model.
  bool with_parameters = false;
  std::unique_ptr<ParameterReader> parameters;  // for who opens them, with OpenParameters
};

// Finds the files and reads the program. `params` is what --params says, or empty; `piped` are the program's bytes
// where standard input was read before. Errors: those of FindModel and LoadProgram.
Status OpenProgram(const std::string& model, const std::string& params, const LoadLimits& limits, Findings* findings,
                   ModelInput* input, std::optional<Bytes> piped = std::nullopt);

// Opens the parameters; with -v, says which files in their folder are none of them. Errors: those of OpenParameters of
// files and a program (model.h).
Status OpenParameters(ModelInput* input, Findings* findings, Console* console);

// Errors: kBadInput where the program breaks a rule.
Status CheckWellFormed(const Index& index);

// Why something can't be done with an input, with its name in front. A failure to read or write names its file itself.
Status WithInput(const std::string& path, const Status& status);

// What `show` and `diff` look at: a program, a program with its parameters, or a parameter file alone.
struct ShowInput {
  std::optional<Program> program;
  std::optional<pir::Program> pir;              // in the place of it, of Paddle 3
  std::unique_ptr<ParameterReader> parameters;  // of the program, in the order of their names
  std::unique_ptr<ByteSource> records;          // of a parameter file alone
  Bytes bytes;                                  // of a parameter file that came through a pipe
};

// Opens what the command line names; what it is follows from its content. `params` is what --params says, or empty.
// What is wrong with it, but doesn't keep it from being shown, goes to the findings. Errors: kIo; kBadInput; kUsage
// where --params is given for a parameter file.
Result<ShowInput> OpenShowInput(const std::string& path, const std::string& params, const LoadLimits& limits,
                                Findings* findings);

// For what draws and compares graphs: `program` becomes what AsProgramDesc makes of `pir`, where there is one. Errors:
// those of ReadMade.
Status DrawPir(ShowInput* input);

// Reads a ProgramDesc that was made of a program of PIR, whose limits were checked. Errors: kBadInput where it is
// larger than such a program may be, and kInternal.
Result<Program> ReadMade(std::string bytes, Findings* findings);

// Whether a path is a folder, or what may be the beginning of a model's file names.
bool NamesModel(const std::string& path);

// A program of Paddle 3 (PIR), as the commands that look at one take it.
struct PirInput {
  ModelFiles files;
  std::optional<pir::Program> program;
  // As for other programs: a folder and a prefix mean the model, a file the program alone unless --params names them.
  bool with_parameters = false;
};

// Whether `path` names a program of PIR: a regular file that begins as one, or a folder or a prefix of one. Standard
// input isn't looked at.
bool NamesPir(const std::string& path);

// Reads it and checks its structure; `piped` as for OpenProgram. Errors: those of FindPirModel, ReadProgramBytes and
// pir::ReadProgram.
Status OpenPir(const std::string& path, const std::string& params, const LoadLimits& limits, Findings* findings,
               PirInput* input, std::optional<Bytes> piped = std::nullopt);

// The same of a text that was read from `path`.
Result<pir::Program> ReadPir(std::string_view text, const std::string& path, const LoadLimits& limits,
                             Findings* findings);

// Opens the parameters and checks them against the program; null where the program has none. Errors: kBadInput where
// nobody said where they are, or they aren't there; those of ParameterReader::Open.
Result<std::unique_ptr<ParameterReader>> OpenPirParameters(const PirInput& input, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_INPUTS_H_
