#include "cli/shell/pir_input.h"

#include <utility>

#include "base/escape.h"
#include "files/path.h"
#include "model/pir_files.h"
#include "model/sniff.h"
#include "pir/parameters.h"
#include "pir/reader.h"
#include "pir/structure.h"

namespace pdquant {

bool NamesPir(const std::string& path) {
  if (path == "-") return false;
  if (IsRegularFile(path)) return HoldsPir(path);
  // A ProgramDesc of that name goes first.
  return !IsRegularFile(path + ".pdmodel") && !FindPirProgram(path).empty();
}

Result<pir::Program> ReadPir(std::string_view text, const std::string& path, const LoadLimits& limits,
                             Findings* findings) {
  if (!LooksLikePir(text)) {
    const std::string looks = LooksLike(text.substr(0, 4096));
    return BadInput(NameOfInput(path) + ": not a program of Paddle 3 (PIR)" +
                    (looks.empty() ? std::string() : ", but " + looks));
  }
  Result<pir::Program> program = pir::ReadProgram(text, {limits.max_ops}, findings);
  if (!program.ok()) return program.status().WithMessage(NameOfInput(path) + ": " + program.status().message());
  CheckStructure(&*program, findings);
  return program;
}

Status OpenPir(const std::string& path, const std::string& params, const LoadLimits& limits, Findings* findings,
               PirInput* input) {
  Result<ModelFiles> files = FindPirModel(path, params);
  if (!files.ok()) return files.status();
  input->files = std::move(*files);
  input->with_parameters = input->files.layout != ModelLayout::kFile || input->files.parameters_given;
  Result<Bytes> bytes = ReadProgramBytes(input->files.program, limits);
  if (!bytes.ok()) return bytes.status();
  Result<pir::Program> program = ReadPir(bytes->view(), input->files.program, limits, findings);
  if (!program.ok()) return program.status();
  input->program.emplace(std::move(*program));
  return {};
}

Result<std::unique_ptr<ParameterReader>> OpenPirParameters(const PirInput& input, Findings* findings) {
  const std::vector<ParameterVariable> variables = pir::ListParameters(*input.program);
  const ParameterPlace& place = input.files.parameters;
  if (variables.empty()) return std::unique_ptr<ParameterReader>();
  if (place.path.empty())
    return BadInput(NameOfInput(input.files.program) + ": say with --params where its parameters are");
  if (KindOf(place.path) == FileKind::kNothing)
    return BadInput(Quote(place.path) + ": the parameters are not there; say with --params where they are");
  return ParameterReader::Open(place, variables, findings);
}

}  // namespace pdquant
