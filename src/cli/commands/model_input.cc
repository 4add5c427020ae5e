#include "cli/commands/model_input.h"

#include <utility>

namespace pdquant {

Status OpenProgram(const std::string& model, const std::string& params, const LoadLimits& limits, Findings* findings,
                   ModelInput* input) {
  Result<ModelFiles> files = FindModel(model, params);
  if (!files.ok()) return files.status();
  input->files = std::move(*files);
  input->with_parameters = input->files.layout != ModelLayout::kFile || input->files.parameters_given;
  Result<Program> program = LoadProgram(input->files.program, limits, findings);
  if (!program.ok()) return program.status();
  input->program.emplace(std::move(*program));
  return {};
}

}  // namespace pdquant
