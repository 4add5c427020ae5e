#include "cli/commands/diff_input.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "base/escape.h"
#include "model/model.h"

namespace pdquant {
namespace {

// A folder, or what may be the beginning of a model's file names.
bool NamesModel(const std::string& path) {
  struct stat status;
  return path != "-" && (stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode));
}

}  // namespace

Result<DiffInput> OpenDiffInput(const std::string& name, bool with_parameters, const std::string& params,
                                const LoadLimits& limits, Findings* findings) {
  DiffInput input;
  input.path = name;
  std::optional<ModelFiles> files;
  if (NamesModel(name) || (with_parameters && name != "-")) {
    Result<ModelFiles> found = FindModel(name, params);
    if (!found.ok()) return found.status();
    files = std::move(*found);
    input.path = files->program;
  }
  Result<ShowInput> content = OpenShowInput(input.path, "", limits, findings);
  if (!content.ok()) return content.status();
  input.content = std::move(*content);
  if (!with_parameters) return input;
  if (!input.content.program) {
    if (params.empty()) return input;
    return UsageError(Quote(params) + " can't be the parameters of " + Quote(name) + ", which is a parameter file");
  }
  if (!files) return UsageError("--tensors needs the program's file, not standard input");
  Result<std::unique_ptr<ParameterReader>> reader = OpenParameters(*files, *input.content.program, findings);
  if (!reader.ok()) return reader.status();
  input.content.parameters = std::move(*reader);
  return input;
}

}  // namespace pdquant
