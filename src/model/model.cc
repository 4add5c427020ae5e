#include "model/model.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "files/descriptor.h"
#include "files/output.h"
#include "files/path.h"
#include "model/program_file.h"

namespace pdquant {
namespace {

using Kind = ParameterPlace::Kind;

constexpr std::string_view kParams = "__params__";
constexpr std::string_view kStateSuffix = ".pdparams";

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// The program in a folder; empty where there is none. Errors: kIo; kBadInput for several.
Result<std::string> FindProgram(const std::string& folder) {
  const std::string model = folder + "/" + std::string(kModelName);
  if (Exists(model)) return model;
  std::vector<std::string> found;
  std::error_code error;
  namespace fs = std::filesystem;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(kModelSuffix) && name.size() > kModelSuffix.size()) found.push_back(name);
  }
  if (error) return SystemError(Quote(folder), "list the folder", error.value());
  if (found.empty()) return std::string();
  std::sort(found.begin(), found.end());
  if (found.size() == 1) return folder + "/" + found[0];
  return BadInput(Quote(folder) + ": has several programs, such as " + Quote(found[0]) + " and " + Quote(found[1]) +
                  "; name one of them");
}

// What lies there in the place of a model, or of its parameters.
std::string StateDict(const std::string& path) {
  return ", only " + Quote(path) +
         ", a state dict for training (a pickle): export the model with paddle.jit.save or save_inference_model";
}

// The combined file in a folder that holds no separate ones; empty for none.
std::string CombinedFileIn(const std::string& folder) {
  std::string params = folder + "/" + std::string(kParams);
  if (Exists(params)) return params;
  std::string found;
  std::error_code error;
  namespace fs = std::filesystem;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string path = entry->path().string();
    if (path.ends_with(kParamsSuffix) && (found.empty() || path < found)) found = path;
  }
  return found;
}

// Sets layout, root and program.
Status FindFiles(const std::string& model, ModelFiles* files) {
  files->root = model;
  files->program = model;
  struct stat status = {};
  const bool exists = model == "-" || stat(model.c_str(), &status) == 0;
  const int error = errno;
  const bool is_folder = exists && model != "-" && S_ISDIR(status.st_mode);
  if (exists && !is_folder) return {};
  if (is_folder) {
    // Its first write may have been interrupted, and was perhaps not one of the whole folder.
    if (Status finished = FinishPending(WithoutSlashes(model) + "/" + std::string(kModelName)); !finished.ok()) {
      return finished;
    }
    Result<std::string> program = FindProgram(WithoutSlashes(model));
    if (!program.ok()) return program.status();
    files->layout = ModelLayout::kFolder;
    files->root = WithoutSlashes(model);
    files->program = std::move(*program);
    if (!files->program.empty()) return {};
  }
  files->layout = ModelLayout::kPrefix;
  files->root = model;
  files->program = model + std::string(kModelSuffix);
  if (!model.ends_with('/') && Exists(files->program)) return {};
  if (Status refused = RefusePirExport(is_folder ? files->root : model); !refused.ok()) return refused;
  if (is_folder)
    return BadInput(Quote(model) + ": is a folder without a model: it has neither __model__ nor *.pdmodel");
  const std::string state = model + std::string(kStateSuffix);
  if (Exists(state)) return IoError(Quote(model) + ": there is no " + Quote(files->program) + StateDict(state));
  return SystemError(Quote(model), "open", error);
}

// Whether a folder has no file for any of the variables.
bool HoldsNone(const std::string& folder, const std::vector<ParameterVariable>& variables) {
  return !variables.empty() && std::none_of(variables.begin(), variables.end(), [&](const ParameterVariable& variable) {
    return Exists(folder + "/" + variable.name);
  });
}

}  // namespace

ParameterPlace ParametersBeside(const std::string& program, Kind kind) {
  if (program.ends_with(kModelSuffix)) {
    return {Kind::kCombined, program.substr(0, program.size() - kModelSuffix.size()) + std::string(kParamsSuffix)};
  }
  if (NameOf(program) != kModelName) return {};
  if (kind == Kind::kCombined) return {kind, FolderOf(program) + std::string(kParams)};
  const std::string folder = WithoutSlashes(OpenableFolder(program));
  return {kind, folder};
}

Result<ModelFiles> FindModel(const std::string& model, const std::string& params, std::string_view params_option) {
  if (params == "-") {
    return UsageError(std::string(params_option) +
                      ": parameters are not read from standard input; name their file or folder");
  }
  if (model != "-") {
    if (Status status = FinishPending(model); !status.ok()) return status;
  }
  ModelFiles files;
  if (Status found = FindFiles(model, &files); !found.ok()) return found;
  if (files.program != model) {
    if (Status finished = FinishPending(files.program); !finished.ok()) return finished;
  }
  struct stat status;
  if (files.program != "-" && stat(files.program.c_str(), &status) == 0) files.identity.emplace(status);
  files.parameters_given = !params.empty();
  if (files.parameters_given) {
    if (Status finished = FinishPending(params); !finished.ok()) return finished;
    files.parameters = {IsFolder(params) ? Kind::kSeparate : Kind::kCombined, params};
  } else {
    files.parameters = ParametersBeside(files.program, Kind::kCombined);
    if (NameOf(files.program) == kModelName && !Exists(files.parameters.path))
      files.parameters = ParametersBeside(files.program, Kind::kSeparate);
  }
  files.parameters.option = params_option;
  return files;
}

bool HasNoParameters(const ModelFiles& files, const Program& program) {
  const ParameterPlace& place = files.parameters;
  if (files.parameters_given) return false;
  if (place.path.empty() || place.kind == Kind::kCombined) return place.path.empty() || !Exists(place.path);
  Findings findings;
  const std::vector<ParameterVariable> variables = ListParameters(program, &findings);
  return HoldsNone(place.path, variables);
}

namespace {

// The number of records in a combined file; nothing where they can't be told apart.
std::optional<size_t> CountRecords(const std::string& path) {
  FileSource source(OpenDescriptor(path, O_RDONLY | O_NONBLOCK | O_NOCTTY), Quote(path));
  if (!source.Init().ok()) return std::nullopt;
  size_t count = 0;
  for (uint64_t at = 0; at < source.size(); ++count) {
    const Result<RecordHeader> header = ReadRecordHeader(source, at);
    if (!header.ok()) return std::nullopt;
    at = header->end();
  }
  return count;
}

// Where a combined file holds exactly the others.
void LeaveOutOptimizerState(const Program& program, const ParameterPlace& place,
                            std::vector<ParameterVariable>* variables, Findings* findings) {
  if (place.kind != ParameterPlace::Kind::kCombined) return;
  std::vector<ParameterVariable> others = WithoutOptimizerState(program, *variables);
  if (others.empty() || others.size() == variables->size() || CountRecords(place.path) != others.size()) return;
  size_t next = 0;
  for (const ParameterVariable& variable : *variables) {
    if (next < others.size() && others[next].name == variable.name) {
      ++next;
      continue;
    }
    findings->Warning("parameter-missing", PlaceOfVariable(variable.name),
                      "is not in the parameter file, as the optimizer's state isn't");
  }
  *variables = std::move(others);
}

}  // namespace

Result<std::unique_ptr<ParameterReader>> OpenParameters(const ModelFiles& files, const Program& program,
                                                        Findings* findings, ParameterNeed need) {
  const size_t before = findings->count(Level::kError);
  std::vector<ParameterVariable> variables = ListParameters(program, findings);
  if (findings->count(Level::kError) != before) return BadInput("");
  const ParameterPlace& place = files.parameters;
  const std::string option(place.option);
  const bool derived = !files.parameters_given && !variables.empty();
  if (derived && place.path.empty()) {
    return UsageError(NameOfInput(files.program) + ": say with " + option + " where its parameters are");
  }
  if (derived && !Exists(place.path) && errno == ENOENT) {
    std::string state = files.program;
    if (state.ends_with(kModelSuffix))
      state.replace(state.size() - kModelSuffix.size(), kModelSuffix.size(), kStateSuffix);
    if (state != files.program && Exists(state)) {
      return IoError(Quote(place.path) + ": the parameters are not there" + StateDict(state));
    }
    return IoError(Quote(place.path) + ": the parameters are not there; say with " + option + " where they are");
  }
  if (need == ParameterNeed::kSome) LeaveOutOptimizerState(program, place, &variables, findings);
  Result<std::unique_ptr<ParameterReader>> reader = ParameterReader::Open(place, variables, findings, need);
  if (!reader.ok() && place.kind == Kind::kSeparate && HoldsNone(place.path, variables)) {
    const std::string combined = CombinedFileIn(place.path);
    if (!combined.empty()) {
      return Status(reader.status().code(), Quote(place.path) + ": holds no separate files of the parameters, but " +
                                                Quote(combined) + "; name it with " + option);
    }
  }
  if (!reader.ok() || !files.identity) return reader;
  struct stat status;
  if (stat(files.program.c_str(), &status) == 0 && FileIdentity(status) == *files.identity) return reader;
  return IoError(Quote(files.program) + ": changed while the model was read; try again when its writer is done");
}

}  // namespace pdquant
