#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/escape.h"
#include "files/descriptor.h"
#include "files/output.h"
#include "files/path.h"
#include "model/model.h"
#include "model/sniff.h"

namespace pdquant {
namespace {

using Kind = ParameterPlace::Kind;

// Sorted.
std::vector<std::string> ProgramsIn(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  namespace fs = std::filesystem;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (IsPirFile(folder + "/" + name)) found.push_back(folder + "/" + name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

bool HoldsPir(const std::string& path) {
  if (!IsRegularFile(path)) return false;
  std::array<char, 4096> head;
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return LooksLikePir({head.data(), static_cast<size_t>(file.gcount())});
}

bool IsPirFile(const std::string& path) { return path.ends_with(kPirSuffix) && HoldsPir(path); }

std::string FindPirProgram(const std::string& model) {
  if (model == "-") return "";
  const std::string beside = model + std::string(kPirSuffix);
  if (HoldsPir(beside)) return beside;
  const std::vector<std::string> found =
      IsFolder(model) ? ProgramsIn(WithoutSlashes(model)) : std::vector<std::string>();
  return found.empty() ? "" : found[0];
}

Result<ModelFiles> FindPirModel(const std::string& model, const std::string& params) {
  if (params == "-") return UsageError("--params: parameters are not read from standard input; name their file");
  ModelFiles files;
  files.root = model;
  files.program = model;
  const FileKind kind = model == "-" ? FileKind::kOther : KindOf(model);
  if (kind == FileKind::kFolder) {
    files.layout = ModelLayout::kFolder;
    files.root = WithoutSlashes(model);
    const std::vector<std::string> found = ProgramsIn(files.root);
    if (found.empty()) return BadInput(Quote(model) + ": is a folder without a program of Paddle 3 (PIR, *.json)");
    if (found.size() > 1) {
      return BadInput(Quote(model) + ": has several programs, such as " + Quote(NameOf(found[0])) + " and " +
                      Quote(NameOf(found[1])) + "; name one of them");
    }
    files.program = found[0];
  } else if (kind == FileKind::kNothing) {
    const std::string program = model + std::string(kPirSuffix);
    if (ErrorAt(program) != 0) return SystemError(Quote(model), "open", ErrorAt(model));
    files.layout = ModelLayout::kPrefix;
    files.program = program;
  }
  struct stat status;
  if (files.program != "-" && stat(files.program.c_str(), &status) == 0) files.identity.emplace(status);
  files.parameters_given = !params.empty();
  if (files.parameters_given) {
    files.parameters = {IsFolder(params) ? Kind::kSeparate : Kind::kCombined, params};
  } else if (files.program.ends_with(kPirSuffix)) {
    files.parameters.path =
        files.program.substr(0, files.program.size() - kPirSuffix.size()) + std::string(kParamsSuffix);
  }
  return files;
}

}  // namespace pdquant
