#include "batch/inputs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "batch/glob.h"
#include "files/descriptor.h"
#include "files/path.h"
#include "model/model.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

constexpr size_t kListChunk = size_t{64} << 10U;
constexpr size_t kLongestLine = size_t{1} << 20U;
constexpr std::string_view kMarkUtf8 = "\xef\xbb\xbf";  // U+FEFF

bool Exists(const std::string& path) { return KindOf(path) != FileKind::kNothing; }

// A program of Paddle 3 is one too, which the command takes or refuses, but not where the same program lies beside it
// in the older form.
bool IsProgram(const std::string& path) {
  const std::string name = NameOf(path);
  if (name == kModelName || name.ends_with(kModelSuffix) || name.ends_with(".pb")) return true;
  return IsPirFile(path) && !Exists(fs::path(path).replace_extension(kModelSuffix));
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
  const auto is_program = [](const Entry& entry) { return !entry.is_folder && entry.name == kModelName; };
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

// Reads lines of any file, in memory for one of them.
class ListReader {
 public:
  // "-" is standard input. Errors: kIo.
  Status Open(const std::string& path);
  // The next line, without its end; false at the end of the list, or where it can't be read on, as status() says.
  bool Next(std::string* line);
  // "'models.txt':3", the place of the line for messages.
  std::string Place() const;
  const Status& status() const { return status_; }

 private:
  bool Fill();
  void Begin();
  bool IsText(std::string_view line);

  std::string name_;
  Descriptor file_;
  int fd_ = -1;
  std::string buffer_;
  size_t at_ = 0;  // in buffer_
  size_t line_ = 0;
  bool ended_ = false;
  Status status_;
};

Status ListReader::Open(const std::string& path) {
  name_ = path == "-" ? "standard input" : Quote(path);
  fd_ = STDIN_FILENO;
  if (path == "-") return {};
  file_ = OpenDescriptor(path, O_RDONLY | O_NOCTTY);
  if (!file_.valid()) return SystemError(name_, "open", errno);
  fd_ = file_.get();
  return {};
}

bool ListReader::Fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  std::array<char, kListChunk> chunk;
  const ssize_t got = ReadSome(fd_, chunk.data(), chunk.size());
  if (got < 0) status_ = SystemError(name_, "read", errno);
  if (got <= 0) ended_ = true;
  if (got > 0) buffer_.append(chunk.data(), static_cast<size_t>(got));
  return got > 0;
}

// Skips what editors put in front of UTF-8, and refuses other encodings, which the same editors write.
void ListReader::Begin() {
  while (buffer_.size() < kMarkUtf8.size() && Fill()) {
  }
  const std::string_view text = buffer_;
  if (text.starts_with(kMarkUtf8)) at_ = kMarkUtf8.size();
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    status_ = UsageError(name_ + ": the list is UTF-16; save it as UTF-8");
  }
}

bool ListReader::Next(std::string* line) {
  if (line_ == 0) Begin();
  if (!status_.ok()) return false;
  for (size_t searched = at_;;) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line->assign(buffer_, at_, end - at_);
      at_ = end + 1;
      break;
    }
    if (buffer_.size() - at_ > kLongestLine) {
      status_ = UsageError(name_ + ": a line is longer than a mebibyte");
      return false;
    }
    searched = buffer_.size() - at_;
    if (!ended_ && Fill()) continue;
    if (!status_.ok() || at_ == buffer_.size()) return false;
    line->assign(buffer_, at_);
    at_ = buffer_.size();
    break;
  }
  if (line->ends_with('\r')) line->pop_back();
  ++line_;
  return IsText(*line);
}

// A name holds no NUL.
bool ListReader::IsText(std::string_view line) {
  const size_t first = line.find('\0');
  if (first == std::string_view::npos) return true;
  // Letters of ASCII have a NUL beside them in UTF-16, without a mark in front, too.
  const bool is_utf16 = first < 2 && line.find('\0', first + 1) == first + 2;
  status_ = UsageError(Place() + (is_utf16 ? ": the list looks like UTF-16; save it as UTF-8"
                                           : ": names are separated by NUL (as find -print0 does); a list has one "
                                             "name a line"));
  return false;
}

std::string ListReader::Place() const { return name_ + ":" + std::to_string(line_); }

struct ListEntry {
  std::string input;
  std::string output;  // empty where it isn't given
  std::vector<std::string> options;
};

Result<std::string> Text(const nlohmann::json& value, const std::string& key) {
  if (!value.is_string()) return UsageError(Quote(key) + " has to be a string");
  std::string text = value.get<std::string>();
  if (text.empty() || text.find('\0') != std::string::npos) return UsageError(Quote(key) + " is empty or holds a NUL");
  return text;
}

Status TakeMember(const std::string& key, const nlohmann::json& value, ListEntry* entry) {
  if (key == "input" || key == "output") {
    Result<std::string> text = Text(value, key);
    if (!text.ok()) return text.status();
    (key == "input" ? entry->input : entry->output) = std::move(*text);
    return {};
  }
  if (key != "options") return UsageError("there is no key " + Quote(key) + ", only input, output and options");
  if (!value.is_array()) return UsageError("'options' has to be an array of strings");
  for (const nlohmann::json& option : value) {
    Result<std::string> text = Text(option, key);
    if (!text.ok()) return text.status();
    entry->options.push_back(std::move(*text));
  }
  return {};
}

// Reads {"input": "a.pb", "output": "b.pb", "options": ["--weight-bits", "4"]}. Errors: kUsage.
Result<ListEntry> ParseListEntry(std::string_view line) {
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return UsageError("the line is no JSON object");
  ListEntry entry;
  for (const auto& [key, value] : object.items()) {
    if (Status status = TakeMember(key, value, &entry); !status.ok()) return status;
  }
  if (entry.input.empty()) return UsageError("'input' is missing");
  return entry;
}

}  // namespace

struct InputFinder::Walk {
  const Glob* glob;  // null for a folder
  size_t found = 0;
  bool matches_folder = false;
};

InputFinder::InputFinder(const Recipe& recipe, const std::string& out, Take take)
    : recipe_(recipe), out_(out), take_(std::move(take)) {}

bool InputFinder::IsOut(const std::string& folder) const { return IsSameFile(folder, out_); }

// `below` is the path below the fixed part.
Status InputFinder::TakePath(const std::string& path, std::string below) {
  if (recipe_.takes_models() && !IsFolder(path)) {
    if (NameOf(path) == kModelName && NameOf(below) != below) {
      return TakeJob(WithoutSlashes(FolderOf(path)), WithoutSlashes(FolderOf(below)) + recipe_.extension());
    }
    for (const std::string_view suffix : {kModelSuffix, kPirSuffix}) {
      if (!path.ends_with(suffix) || (suffix == kPirSuffix && !IsPirFile(path))) continue;
      below.resize(below.size() - suffix.size());
      return TakeJob(path.substr(0, path.size() - suffix.size()), below + recipe_.extension());
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
  const Result<std::vector<Entry>> entries = List(folder);
  if (!entries.ok()) {
    if (below.empty()) return entries.status();
    // What can't be looked into costs itself only: it is a job that fails, and says why.
    ++walk->found;
    return TakeJob(folder, below + recipe_.extension());
  }
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
                                        : matches && (walk->glob != nullptr || IsProgram(path));
    Status status;
    if (is_job) {
      ++walk->found;
      status = TakePath(path, path_below);
    } else if (entry.is_folder && (walk->glob == nullptr || !next.empty()) && !IsOut(path)) {
      status = WalkFolder(walk, path, path_below, next);
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
  const std::string path = WithoutSlashes(input);
  if (!exists) {
    const bool is_prefix = Exists(path + std::string(kModelSuffix)) || IsPirFile(path + std::string(kPirSuffix));
    if (must_exist && !is_prefix) return SystemError(Quote(input), "open", ErrorAt(path));
    return TakePath(path, NameOf(path));
  }
  if (!IsFolder(path)) return TakePath(path, NameOf(path));
  const Result<std::vector<Entry>> entries = List(path);
  if (!entries.ok()) return TakeJob(path, NameOf(path) + recipe_.extension());
  const std::string name = NameOf(path);
  if (recipe_.takes_models() && IsModelFolder(*entries) && name != "." && name != ".." && !name.empty()) {
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
    if (!status.ok()) return status.WithMessage(reader.Place() + ": " + status.message());
  }
  return reader.status();
}

}  // namespace pdquant
