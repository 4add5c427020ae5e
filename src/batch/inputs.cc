#include "batch/inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "batch/glob.h"
#include "batch/list_reader.h"
#include "files/descriptor.h"
#include "files/destination.h"
#include "files/output.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelSuffix = ".pdmodel";
constexpr size_t kDeepest = 256;  // folders

bool IsProgramName(std::string_view name) {
  return name == "__model__" || name.ends_with(kModelSuffix) || name.ends_with(".pb");
}

bool IsFolder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

struct Entry {
  std::string name;
  bool is_folder;
};

// The names in a folder that have no dot in front, in byte order. A link to a folder is no entry.
Result<std::vector<Entry>> List(const std::string& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.front() == '.') continue;
    std::error_code ignored;
    const bool is_folder = at->is_directory(ignored);
    if (is_folder && at->is_symlink(ignored)) continue;
    entries.push_back({name, is_folder});
  }
  if (error) return SystemError(Quote(folder), "list the folder", error.value());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

// A folder with __model__ or exactly one *.pdmodel is a model.
bool IsModelFolder(const std::vector<Entry>& entries) {
  const auto is_program = [](const Entry& entry) { return !entry.is_folder && entry.name == "__model__"; };
  const auto is_prefix = [](const Entry& entry) { return !entry.is_folder && entry.name.ends_with(kModelSuffix); };
  return std::any_of(entries.begin(), entries.end(), is_program) ||
         std::count_if(entries.begin(), entries.end(), is_prefix) == 1;
}

bool HoldsModel(const std::string& folder) {
  const Result<std::vector<Entry>> entries = List(folder);
  return entries.ok() && IsModelFolder(*entries);
}

std::string Joined(const std::string& folder, const std::string& name) {
  if (folder.empty() || folder == ".") return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

std::string TrimSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

struct InputFinder::Walk {
  const Glob* glob;  // null for a folder
  size_t found = 0;
  size_t depth = 0;
  bool matches_folder = false;
};

InputFinder::InputFinder(const Recipe& recipe, const std::string& out, Take take)
    : recipe_(recipe), out_(out), take_(std::move(take)) {}

bool InputFinder::IsOut(const std::string& folder) const { return IsSameFile(folder, out_); }

// `below` is the path below the fixed part.
Status InputFinder::TakePath(const std::string& path, std::string below) {
  if (recipe_.takes_models()) {
    if (NameOf(path) == "__model__" && NameOf(below) != below) {
      return TakeJob(TrimSlashes(FolderOf(path)), TrimSlashes(FolderOf(below)) + recipe_.extension());
    }
    if (path.ends_with(kModelSuffix)) {
      below.resize(below.size() - kModelSuffix.size());
      return TakeJob(path.substr(0, path.size() - kModelSuffix.size()), below + recipe_.extension());
    }
  }
  return TakeJob(path, below + recipe_.extension());
}

Status InputFinder::TakeJob(std::string input, std::string output) {
  if (input.front() == '-') input.insert(0, "./");
  return take_({std::move(input), std::move(output), options_});
}

Status InputFinder::WalkFolder(Walk* walk, const std::string& folder, const std::string& below,
                               const std::vector<size_t>& state) {
  if (walk->depth > kDeepest) return UsageError(Quote(folder) + ": too many folders in one another");
  Result<std::vector<Entry>> entries = List(folder);
  if (!entries.ok()) return entries.status();
  const bool whole = walk->glob == nullptr && recipe_.takes_models() && !below.empty();
  if (whole && IsModelFolder(*entries)) {
    ++walk->found;
    return TakePath(folder, below);
  }
  for (const Entry& entry : *entries) {
    bool matches = walk->glob == nullptr;
    const std::vector<size_t> next = matches ? std::vector<size_t>() : walk->glob->Next(state, entry.name, &matches);
    walk->matches_folder |= entry.is_folder && matches;
    const std::string path = Joined(folder, entry.name);
    const std::string path_below = Joined(below, entry.name);
    const bool is_job = entry.is_folder ? walk->glob != nullptr && matches && recipe_.takes_models() && HoldsModel(path)
                                        : matches && (walk->glob != nullptr || IsProgramName(entry.name));
    Status status;
    if (is_job) {
      ++walk->found;
      status = TakePath(path, path_below);
    } else if (entry.is_folder && (walk->glob == nullptr || !next.empty()) && !IsOut(path)) {
      ++walk->depth;
      status = WalkFolder(walk, path, path_below, next);
      --walk->depth;
    }
    if (!status.ok()) return status;
  }
  return {};
}

Status InputFinder::Find(const std::string& input) {
  return input == "-" ? FindInList(input) : FindPath(input, /*must_exist=*/true);
}

Status InputFinder::FindPath(const std::string& input, bool must_exist) {
  if (input.empty() || input.find('\0') != std::string::npos) return UsageError("an input has no name");
  const bool exists = Exists(input);
  if (!exists && Glob::IsPattern(input)) {
    const Glob glob(input);
    Walk walk = {&glob};
    if (Status status = WalkFolder(&walk, glob.fixed_part(), "", glob.Start()); !status.ok()) return status;
    if (walk.found > 0) return {};
    return UsageError(Quote(input) + ": no file matches" +
                      (walk.matches_folder
                           ? "; a folder does: match its program files, as " + Quote(input + "/__model__") + " would"
                           : ""));
  }
  const std::string path = TrimSlashes(input);
  if (!exists) {
    if (must_exist && !Exists(path + std::string(kModelSuffix))) return SystemError(Quote(input), "open", ENOENT);
    return TakePath(path, NameOf(path));
  }
  if (!IsFolder(path)) return TakePath(path, NameOf(path));
  const Result<std::vector<Entry>> entries = List(path);
  if (!entries.ok()) return entries.status();
  const std::string name = fs::path(path).filename();
  if (recipe_.takes_models() && IsModelFolder(*entries) && name != "." && name != ".." && name != "/") {
    return TakePath(path, name);
  }
  Walk walk = {nullptr};
  if (Status status = WalkFolder(&walk, path, "", {}); !status.ok()) return status;
  return walk.found > 0 ? Status()
                        : UsageError(Quote(input) + ": no program in the folder: __model__, *.pdmodel or *.pb");
}

Status InputFinder::FindObject(const std::string& line) {
  Result<ListEntry> entry = ParseListEntry(line);
  if (!entry.ok()) return entry.status();
  if (Status status = recipe_.CheckOptions(entry->options); !status.ok()) return status;
  options_ = std::move(entry->options);
  Status status = entry->output.empty() ? FindPath(entry->input, /*must_exist=*/false)
                                        : TakeJob(std::move(entry->input), std::move(entry->output));
  options_.clear();
  return status;
}

Status InputFinder::FindLine(const std::string& line) {
  return line.starts_with('{') ? FindObject(line) : FindPath(line, /*must_exist=*/false);
}

Status InputFinder::FindInList(const std::string& list) {
  ListReader reader;
  if (Status status = reader.Open(list); !status.ok()) return status;
  for (std::string line; reader.Next(&line);) {
    if (line.empty()) continue;
    Status status = line == "-" ? UsageError("a list can't name standard input") : FindLine(line);
    if (!status.ok()) return {status.code(), reader.Place() + ": " + status.message()};
  }
  return reader.status();
}

}  // namespace pdquant
