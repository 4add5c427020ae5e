#include "model/model_output.h"

#include <limits.h>

#include <map>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/escape.h"
#include "files/output.h"
#include "files/path.h"
#include "files/pending.h"
#include "files/temporary.h"

namespace pdquant {
namespace {

using Kind = ParameterPlace::Kind;

// What is there, and is no folder.
bool IsInTheWay(FileKind found) { return found == FileKind::kFile || found == FileKind::kOther; }

// One path without a difference that doesn't matter: a place in a new folder is recognised by its beginning.
std::string Tidy(const std::string& path) {
  std::string tidy;
  for (const char c : path) {
    if (c != '/' || !tidy.ends_with('/')) tidy += c;
  }
  return WithoutSlashes(tidy);
}

// Where the parameters go in an output folder: a folder or file inside the input's keeps its name there.
ParameterPlace PlaceInFolder(const ModelFiles& input, const std::string& out) {
  const ParameterPlace& place = input.parameters;
  if (place.path.empty()) return ParametersBeside(out + "/" + NameOf(input.program), place.kind);
  if (place.kind == Kind::kSeparate && IsSameFile(place.path, input.root)) return {place.kind, out};
  const std::string path = Tidy(place.path);
  const std::string root = Tidy(input.root) + "/";
  return {place.kind, out + "/" + (path.starts_with(root) ? path.substr(root.size()) : NameOf(path))};
}

ParameterPlace GivenPlace(const std::string& params_out, Kind kind) {
  const FileKind found = params_out.ends_with('/') ? FileKind::kFolder : KindOf(params_out);
  if (found == FileKind::kFolder) return {Kind::kSeparate, Tidy(params_out)};
  if (IsInTheWay(found)) return {Kind::kCombined, params_out};
  return {params_out == "-" ? Kind::kCombined : kind, Tidy(params_out)};
}

// The program's file and, unless the command line says, the parameters.
Status PlanFiles(const ModelFiles& input, const std::string& out, ModelFiles* files) {
  files->layout = input.layout;
  files->root = files->layout == ModelLayout::kFile ? out : Tidy(out);
  const FileKind found = out == "-" ? FileKind::kNothing : KindOf(out);
  const Kind kind = input.parameters.kind;
  switch (files->layout) {
    case ModelLayout::kFolder:
      if (out == "-") return UsageError("the input is a folder, so -o names a folder, not standard output");
      if (IsInTheWay(found)) return IoError(Quote(out) + ": is in the way: the input is a folder, so is the output");
      files->program = files->root + "/" + NameOf(input.program);
      files->parameters = PlaceInFolder(input, files->root);
      return {};
    case ModelLayout::kPrefix:
      if (out == "-" || out.ends_with('/'))
        return UsageError(Quote(out) + ": is no beginning of file names (prefix), as the input is");
      files->program = out + std::string(kModelSuffix);
      if (kind == Kind::kCombined) files->parameters = ParametersBeside(files->program, kind);
      return {};
    case ModelLayout::kFile:
      if (found == FileKind::kFolder) return IoError(Quote(out) + ": is a folder; name a file, as the input is");
      files->program = out;
      files->parameters = ParametersBeside(out, kind);
      if (files->parameters.kind != kind) files->parameters.path.clear();
      return {};
  }
  return InternalError("unknown layout of a model");
}

// The program's file and that of combined parameters.
std::vector<std::string> FilesOf(const ModelFiles& files) {
  std::vector<std::string> paths;
  if (!files.program.empty() && files.program != "-") paths.push_back(files.program);
  const ParameterPlace& place = files.parameters;
  if (place.kind == Kind::kCombined && !place.path.empty() && place.path != "-") paths.push_back(place.path);
  return paths;
}

// Is a file or folder of the output one of the input?
Status CheckDifferent(const ModelFiles& input, const ModelFiles& output, const char* advice) {
  const auto same = [advice](const std::string& path) {
    return UsageError("the output " + Quote(path) + " is the input; " + advice);
  };
  const bool folders = input.layout == ModelLayout::kFolder && output.layout == ModelLayout::kFolder;
  if (folders && IsSameFile(input.root, output.root)) return same(output.root);
  for (const std::string& out : FilesOf(output)) {
    for (const std::string& in : FilesOf(input)) {
      if (IsRegularFile(in) && IsSameFile(in, out)) return same(out);
    }
  }
  const std::string& folder = output.parameters.path;
  const bool separate = input.parameters.kind == Kind::kSeparate && output.parameters.kind == Kind::kSeparate;
  return separate && IsSameFile(input.parameters.path, folder) ? same(folder) : Status();
}

Status CheckKind(const ParameterPlace& place) {
  if (place.path.empty() || place.path == "-") return {};
  const FileKind found = KindOf(place.path);
  if (place.kind == Kind::kSeparate && IsInTheWay(found)) {
    return IoError(Quote(place.path) + ": is in the way: it is no folder");
  }
  if (place.kind == Kind::kCombined && found == FileKind::kFolder) {
    return IoError(Quote(place.path) + ": is a folder; name a file");
  }
  return {};
}

// Can the parameters be files there, without taking the place of the program or of a file of the input?
Status CheckSeparateFiles(const ModelOutput& output, bool with_program, const std::vector<OutputParameter>& parameters,
                          Findings* findings) {
  const std::string& folder = output.files.parameters.path;
  std::vector<std::string> names;
  names.reserve(parameters.size());
  for (const OutputParameter& parameter : parameters) names.push_back(parameter.name);
  const std::string& program = output.files.program;
  const bool beside = with_program && Tidy(OpenableFolder(program)) == Tidy(folder);
  const size_t before = findings->count(Level::kError);
  CheckFileNames(names, beside ? NameOf(program) : "", findings);
  if (findings->count(Level::kError) != before) return BadInput("");
  for (const std::string& name : names) {
    for (const std::string& kept : output.kept) {
      const std::string path = folder + "/" + name;
      if (IsRegularFile(kept) && IsSameFile(path, kept))
        return UsageError(Quote(path) + ": is an input; name another folder");
    }
  }
  return {};
}

// Is the combined file one of the separate files that are read?
Status CheckCombinedFile(const ModelOutput& output, const std::vector<OutputParameter>& parameters) {
  const std::string& path = output.files.parameters.path;
  if (output.kept_folder.empty() || !IsRegularFile(path)) return {};
  for (const OutputParameter& parameter : parameters) {
    if (IsSameFile(path, output.kept_folder + "/" + parameter.name)) {
      return UsageError(Quote(path) + ": is an input; name another file");
    }
  }
  return {};
}

// The folder that is to hold the program, and the parameters where there are any, and doesn't exist: it appears with
// them. Empty for none.
std::string NewFolder(const ModelOutput& output, const std::vector<OutputParameter>* parameters) {
  const std::string folder = FolderOf(output.files.program);
  if (folder.empty()) return "";
  if (parameters != nullptr && FolderOf(output.files.parameters.path) != folder) return "";
  const std::string name = WithoutSlashes(folder);
  return name + "/" == folder && KindOf(name) == FileKind::kNothing ? name : "";
}

void Keep(const ModelFiles& input, ModelOutput* output) {
  output->kept = FilesOf(input);
  if (input.parameters.kind == Kind::kSeparate) output->kept_folder = input.parameters.path;
}

constexpr size_t kLongestPath = PATH_MAX - 512;  // the folder's own path comes before it

void AddError(const std::string& name, std::string why, Findings* findings) {
  findings->Error("parameter-name", PlaceOfVariable(name), "can't be a file: " + std::move(why));
}

// Small letters for the letters of ASCII.
std::string Fold(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

// What is wrong with a name by itself; empty for nothing.
std::string FaultOf(const std::string& name, std::string_view program) {
  if (!IsPlainPath(name)) return "the name leads out of the folder, or has an empty part";
  if (name.size() > kLongestPath) return "the name is too long";
  const std::vector<std::string> parts = SplitPath(name);
  if (parts.front() == program) return "the program's file has that name";
  for (const std::string& part : parts) {
    if (part.size() > NAME_MAX) return "the name is too long";
    if (ParseTemporaryName(part) || part.ends_with(kPendingSuffix)) return "pdquant uses such names for its own files";
  }
  return "";
}

// The name of another file that would have to be a folder for this one; empty for none.
std::string_view FileInTheWay(std::string_view name, const std::unordered_set<std::string_view>& names) {
  for (size_t slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) {
    if (names.contains(name.substr(0, slash))) return name.substr(0, slash);
  }
  return "";
}

}  // namespace

Result<ModelOutput> PlanOutput(const ModelFiles& input, const OutputRequest& request, bool needs_parameters) {
  ModelOutput output;
  if (request.in_place) {
    if (input.program == "-") return UsageError("--in-place can't replace standard input");
    output.files = input;
    return output;
  }
  if (request.out.empty()) return UsageError("one of -o and --in-place is required");
  ModelFiles& files = output.files;
  ModelFiles named = input;  // as the output is to be
  if (request.as_program_desc && input.program.ends_with(kPirSuffix))
    named.program.replace(input.program.size() - kPirSuffix.size(), kPirSuffix.size(), kModelSuffix);
  if (Status status = PlanFiles(named, request.out, &files); !status.ok()) return status;
  if (!request.params_out.empty()) files.parameters = GivenPlace(request.params_out, input.parameters.kind);
  if (needs_parameters && files.parameters.path.empty()) {
    return UsageError("say with --params-out where the parameters go");
  }
  if (request.out == "-" && request.params_out == "-") {
    return UsageError("-o and --params-out can't both be standard output");
  }
  if (Status status = CheckKind(files.parameters); !status.ok()) return status;
  const char* advice =
      request.as_program_desc ? "name another place" : "name another place, or say --in-place to replace it";
  if (Status status = CheckDifferent(input, files, advice); !status.ok()) return status;
  Keep(input, &output);
  return output;
}

Result<ModelOutput> PlanParameterOutput(const ModelFiles& input, const std::string& out, Kind kind) {
  if (input.parameters.path.empty()) {
    return UsageError(Quote(input.program) + ": say with --params where its parameters are");
  }
  if (input.parameters.kind == kind) {
    const bool combined = kind == Kind::kCombined;
    return UsageError(Quote(input.parameters.path) +
                      (combined ? ": is a combined file already" : ": holds separate files already"));
  }
  if (out == "-" && kind == Kind::kSeparate) return UsageError("-o names a folder, not standard output");
  ModelOutput output;
  output.files.layout = kind == Kind::kSeparate ? ModelLayout::kFolder : ModelLayout::kFile;
  output.files.root = kind == Kind::kSeparate ? Tidy(out) : out;
  output.files.parameters = {kind, output.files.root};
  if (Status status = CheckKind(output.files.parameters); !status.ok()) return status;
  if (Status status = CheckDifferent(input, output.files, "name another place"); !status.ok()) return status;
  Keep(input, &output);
  return output;
}

Status CheckParameterFiles(const ModelOutput& output, bool with_program, const std::vector<OutputParameter>& parameters,
                           Findings* findings) {
  return output.files.parameters.kind == Kind::kSeparate
             ? CheckSeparateFiles(output, with_program, parameters, findings)
             : CheckCombinedFile(output, parameters);
}

Status WriteModel(const ModelOutput& output, const Rope* program, std::vector<OutputParameter>* parameters,
                  OutputSet* outputs) {
  const ModelFiles& files = output.files;
  const ParameterPlace& place = files.parameters;
  const std::string new_folder = files.layout == ModelLayout::kFolder ? "" : NewFolder(output, parameters);
  if (files.layout != ModelLayout::kFile && new_folder.empty()) {
    if (Status status = outputs->SetName(files.root); !status.ok()) return status;
  }
  const std::string folder = files.layout == ModelLayout::kFolder ? files.root : new_folder;
  if (!folder.empty()) {
    if (Status status = outputs->AddFolder(folder); !status.ok()) return status;
  }
  // The program is renamed first: who reads a model looks afterwards whether it is still the same.
  if (program != nullptr) {
    if (Status status = outputs->Add(files.program, program->pieces); !status.ok()) return status;
  }
  if (parameters == nullptr) return {};
  return WriteParameters(place, std::move(*parameters), outputs);
}

void CheckFileNames(const std::vector<std::string>& names, std::string_view program, Findings* findings) {
  const std::unordered_set<std::string_view> all(names.begin(), names.end());
  std::map<std::string, const std::string*> folded;
  for (const std::string& name : names) {
    const std::string fault = FaultOf(name, program);
    if (!fault.empty()) {
      AddError(name, fault, findings);
      continue;
    }
    const std::string_view in_the_way = FileInTheWay(name, all);
    if (!in_the_way.empty()) AddError(name, "the variable " + Quote(in_the_way) + " is a file, not a folder", findings);
    const auto [other, is_new] = folded.emplace(Fold(name), &name);
    if (is_new) continue;
    findings->Warning("parameter-case", PlaceOfVariable(name),
                      "differs from " + Quote(*other->second) +
                          " in case alone: on a file system that doesn't tell case they are one file");
  }
}

}  // namespace pdquant
