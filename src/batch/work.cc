#include "batch/work.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "batch/content_hash.h"
#include "files/beneath.h"
#include "files/descriptor.h"
#include "files/destination.h"
#include "files/output.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

constexpr int kDone = 0;
constexpr int kDifferent = 1;    // of diff, and of check: printed all the same
constexpr int kLastOfModel = 3;  // the exit codes up to this one lie in the model, the others may lie in the machine

// The regular files in a folder and below, as paths below it, sorted.
std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) files.push_back(at->path().lexically_relative(folder));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> FilesOfPrefix(const std::string& path) {
  std::vector<std::string> files;
  for (const char* suffix : {".pdmodel", ".pdiparams"}) {
    std::error_code ignored;
    if (fs::exists(path + suffix, ignored)) files.push_back(path + suffix);
  }
  return files;
}

bool AddInput(const std::string& path, ContentHash* hash) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    for (const std::string& file : FilesIn(path)) {
      hash->Add(file);
      if (!hash->AddFile(path + "/" + file)) return false;
    }
    return true;
  }
  if (fs::exists(status)) return hash->AddFile(path);
  const std::vector<std::string> files = FilesOfPrefix(path);
  for (const std::string& file : files) {
    hash->Add(file.substr(path.size()));
    if (!hash->AddFile(file)) return false;
  }
  return true;
}

Result<OutputFile> Hashed(const std::string& out, const std::string& path) {
  OutputFile file = {path, 0, ""};
  ContentHash hash;
  if (!hash.AddFile(out + "/" + path, &file.size)) {
    return IoError(Quote(out + "/" + path) + ": can't be read after it was written");
  }
  file.hash = hash.Hex();
  return file;
}

// Makes the folders of an output. Never through a link: OUT is the place for everything.
Status MakeFolders(const std::string& out, const std::string& output) {
  Descriptor folder = OpenDescriptor(out, O_PATH | O_DIRECTORY);
  std::vector<std::string> components = SplitPath(output);
  components.pop_back();
  std::string path = out;
  for (const std::string& component : components) {
    if (!folder.valid()) break;
    path += "/" + component;
    if (mkdirat(folder.get(), component.c_str(), 0777) != 0 && errno != EEXIST) {
      return SystemError(Quote(path), "create the folder", errno);
    }
    folder = OpenBeneath(folder.get(), component, O_PATH | O_DIRECTORY);
  }
  return folder.valid() ? Status() : SystemError(Quote(path), "open the folder", errno);
}

Result<std::string> ReadBack(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return SystemError("captured output", "read", errno);
  std::string text(static_cast<size_t>(status.st_size), '\0');
  for (size_t done = 0; done < text.size();) {
    const ssize_t got =
        Retry([&] { return pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done)); });
    if (got <= 0) return SystemError("captured output", "read", got < 0 ? errno : EIO);
    done += static_cast<size_t>(got);
  }
  return text;
}

Status WriteCaptured(const std::string& path) {
  const Result<std::string> text = ReadBack(STDOUT_FILENO);
  if (!text.ok()) return text.status();
  OutputSet outputs;
  const std::string_view piece = *text;
  if (Status status = outputs.Add(path, {&piece, 1}); !status.ok()) return status;
  return outputs.Commit();
}

// Whether the files of a record are still there as it says.
bool AreUnchanged(const ModelRecord& record, const std::string& out) {
  for (const OutputFile& file : record.files) {
    struct stat status;
    const std::string path = out + "/" + file.path;
    if (lstat(path.c_str(), &status) != 0 || static_cast<uint64_t>(status.st_size) != file.size) return false;
    const Result<OutputFile> now = Hashed(out, file.path);
    if (!now.ok() || *now != file) return false;
  }
  return true;
}

// What comes before and after the command.
Status Around(const Assignment& assignment, const RunCommand& run, ModelRecord* record) {
  const Call& call = assignment.call;
  record->key = KeyOf(call, assignment.key_text, assignment.version);
  if (const auto found = FindReusable(assignment.earlier, record->key, assignment.out, assignment.retry_failed)) {
    *record = assignment.earlier[*found];
    record->reused = *found + 1;
    return {};
  }
  for (const std::string& output : call.outputs) {
    if (Status status = MakeFolders(assignment.out, output); !status.ok()) return status;
  }
  record->exit_code = run(call.arguments);
  const bool printed = record->exit_code == kDone || record->exit_code == kDifferent;
  if (!(call.captures ? printed : record->exit_code == kDone)) return {};
  if (call.captures) {
    if (Status status = WriteCaptured(assignment.out + "/" + call.outputs.front()); !status.ok()) return status;
  }
  Result<std::vector<OutputFile>> files = FilesOf(call, assignment.out);
  if (!files.ok()) return files.status();
  record->files = std::move(*files);
  return {};
}

}  // namespace

std::string KeyOf(const Call& call, const std::string& key_text, const std::string& version) {
  ContentHash hash;
  hash.Add(version);
  hash.Add(key_text);
  for (const std::string& input : call.inputs) {
    hash.Add("input");
    if (!AddInput(input, &hash)) return "";
  }
  return hash.Hex();
}

std::optional<size_t> FindReusable(std::span<const ModelRecord> records, const std::string& key, const std::string& out,
                                   bool retry_failed) {
  if (key.empty()) return std::nullopt;
  for (size_t i = 0; i < records.size(); ++i) {
    const ModelRecord& record = records[i];
    const bool in_model = record.signal == 0 && record.exit_code >= kDifferent && record.exit_code <= kLastOfModel;
    const bool counts = record.done || (in_model && !retry_failed);
    if (record.key == key && counts && AreUnchanged(record, out)) return i;
  }
  return std::nullopt;
}

Result<std::vector<OutputFile>> FilesOf(const Call& call, const std::string& out) {
  std::vector<OutputFile> files;
  const auto add = [&](const std::string& path) -> Status {
    Result<OutputFile> file = Hashed(out, path);
    if (file.ok()) files.push_back(std::move(*file));
    return file.status();
  };
  for (const std::string& output : call.outputs) {
    const std::string path = out + "/" + output;
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    Status added;
    if (fs::is_directory(status)) {
      for (const std::string& file : FilesIn(path)) {
        if (added.ok()) added = add(output + "/" + file);
      }
    } else if (fs::exists(status)) {
      added = add(output);
    } else {
      for (const std::string& file : FilesOfPrefix(path)) {
        if (added.ok()) added = add(file.substr(out.size() + 1));
      }
    }
    if (!added.ok()) return added;
  }
  return files;
}

ModelRecord DoAssignment(const Assignment& assignment, const RunCommand& run) {
  ModelRecord record;
  record.output = assignment.job.output;
  record.input = assignment.job.input;
  if (const Status status = Around(assignment, run, &record); !status.ok()) {
    record.exit_code = static_cast<int>(status.code());
    record.message = status.message();
  }
  record.done = record.exit_code == kDone && record.signal == 0;
  return record;
}

}  // namespace pdquant
