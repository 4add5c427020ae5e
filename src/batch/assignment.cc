#include "batch/assignment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "batch/content_hash.h"
#include "files/descriptor.h"
#include "files/folder.h"
#include "files/output.h"
#include "files/path.h"

namespace pdquant {
namespace {

constexpr size_t kChunk = size_t{64} << 10U;
constexpr int kDone = 0;
constexpr int kDifferent = 1;    // of diff, and of check: printed all the same
constexpr int kLastOfModel = 3;  // the exit codes up to this one lie in the model, the others may lie in the machine

bool AddInput(const std::string& path, ContentHash* hash) {
  const Result<std::vector<std::string>> files = FilesAt(path, PathKind::kInput);
  if (!files.ok()) return false;
  for (const std::string& file : *files) {
    hash->Add(file);
    if (!hash->AddFile(path + file)) return false;
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
  const Descriptor root = OpenDescriptor(out, O_PATH | O_DIRECTORY);
  if (!root.valid()) return SystemError(Quote(out), "open the folder", errno);
  const std::string name = WithoutSlashes(FolderOf(output));
  if (name.empty()) return {};
  MadeFolders made;
  Descriptor folder;
  const int error = made.OpenOrMake(root.get(), out, name, &folder);
  made.Keep();
  return error == 0 ? Status() : SystemError(Quote(out + "/" + name), "create the folder", error);
}

// What is captured may be larger than memory.
Status WriteCaptured(const std::string& path) {
  OutputSet outputs;
  Result<OutputStream*> output = outputs.Open(path);
  if (!output.ok()) return output.status();
  std::vector<char> chunk(kChunk);
  for (off_t at = 0;;) {
    const ssize_t got = Retry([&] { return pread(STDOUT_FILENO, chunk.data(), chunk.size(), at); });
    if (got < 0) return SystemError("captured output", "read", errno);
    if (got == 0) return outputs.Commit();
    if (Status status = (*output)->Write({chunk.data(), static_cast<size_t>(got)}); !status.ok()) return status;
    at += got;
  }
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
  record->key = KeyOf(call, assignment.version);
  if (const auto found = FindReusable(assignment.earlier, record->key, assignment.out, assignment.retry_failed)) {
    *record = assignment.earlier[*found];
    record->reused = *found + 1;
    return {};
  }
  for (const std::string& output : call.outputs) {
    if (Status status = MakeFolders(assignment.out, output); !status.ok()) return status;
  }
  const CommandResult result = run(call.arguments);
  record->exit_code = result.exit_code;
  record->system_error = result.system_error;
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

std::string KeyOf(const Call& call, const std::string& version) {
  ContentHash hash;
  hash.Add(version);
  hash.Add(call.key_text);
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
  for (const std::string& output : call.outputs) {
    const Result<std::vector<std::string>> found = FilesAt(out + "/" + output, PathKind::kOutput);
    if (!found.ok()) return found.status();
    for (const std::string& file : *found) {
      Result<OutputFile> hashed = Hashed(out, output + file);
      if (!hashed.ok()) return hashed.status();
      files.push_back(std::move(*hashed));
    }
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
    record.system_error = status.system_error();
  }
  record.done = record.exit_code == kDone && record.signal == 0;
  return record;
}

}  // namespace pdquant
