#include "files/temporary_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "files/beneath.h"
#include "files/temporary_file.h"

namespace pdquant {
namespace {

constexpr size_t kMostOpen = 16;
constexpr int kAttempts = 100;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

int MakeDirectory(int at, const std::string& name) {
  return Retry([&] { return mkdirat(at, name.c_str(), 0777); }) == 0 ? 0 : errno;
}

// Locks a folder that was just made; false where another process took it for abandoned before that.
bool Claim(int folder) {
  struct stat status;
  const bool taken = TryLock(folder) == EWOULDBLOCK;
  return !taken && fstat(folder, &status) == 0 && status.st_nlink != 0;
}

}  // namespace

int TemporaryTree::Create(int at, const std::string& folder, const std::string& name, uint32_t tag) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (const int error = MakeTemporaryId(tag, &id_); error != 0) return error;
    const std::string file_name = TemporaryName{NameInTemporary(name), id_}.FileName();
    path_ = folder + file_name;
    int error = MakeFolder(at, file_name, path_, &folder_);
    if (error == 0 && Claim(folder_.get())) return 0;
    if (error == 0) rmdir(path_.c_str());
    Forget();
    path_.clear();
    if (error != 0 && error != EEXIST) return error;
  }
  return EEXIST;
}

int TemporaryTree::MakeFolder(int parent, const std::string& name, const std::string& path, Descriptor* folder) {
  entries_.push_back({path, true, RegisterTemporary(path, true)});
  int error = MakeDirectory(parent, name);
  if (error == 0) {
    *folder = OpenWith([&] { return openat(parent, name.c_str(), kOpenFolder | O_CLOEXEC); });
    if (folder->valid()) return 0;
    error = errno;
    unlinkat(parent, name.c_str(), AT_REMOVEDIR);
  }
  UnregisterTemporary(entries_.back().registered);
  entries_.pop_back();
  return error;
}

// Opens the folder in the tree that is to hold the file `name`, and makes what is missing on the way.
int TemporaryTree::OpenParent(const std::string& name, Descriptor* parent) {
  const std::vector<std::string> components = SplitPath(name);
  std::string path = path_;
  for (size_t i = 0; i + 1 < components.size(); ++i) {
    const int at = i == 0 ? folder_.get() : parent->get();
    path += "/" + components[i];
    Descriptor next = OpenWith([&] { return openat(at, components[i].c_str(), kOpenFolder | O_CLOEXEC); });
    if (!next.valid() && errno != ENOENT) return errno;
    if (!next.valid()) {
      if (const int error = MakeFolder(at, components[i], path, &next); error != 0) return error;
    }
    *parent = std::move(next);
  }
  return 0;
}

int TemporaryTree::AddFile(const std::string& name, int* fd) {
  if (!IsPlainPath(name)) return EXDEV;
  if (open_.size() >= kMostOpen) {
    if (const int error = WriteOpenFiles(); error != 0) return error;
  }
  Descriptor parent;
  if (const int error = OpenParent(name, &parent); error != 0) return error;
  const int at = parent.valid() ? parent.get() : folder_.get();
  const std::string last = name.substr(name.rfind('/') + 1);
  const std::string path = path_ + "/" + name;
  RegisteredTemporary* registered = RegisterTemporary(path, false);
  Descriptor file =
      OpenWith([&] { return openat(at, last.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0666); });
  if (!file.valid()) {
    const int error = errno;
    UnregisterTemporary(registered);
    return error;
  }
  entries_.push_back({path, false, registered});
  *fd = file.get();
  open_.push_back(std::move(file));
  return 0;
}

// Writes the contents of the open files, which tells the errors of each, and closes them.
int TemporaryTree::WriteOpenFiles() {
  constexpr unsigned kFinish = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  for (const Descriptor& file : open_) sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  for (const Descriptor& file : open_) {
    if (Retry([&] { return sync_file_range(file.get(), 0, 0, kFinish); }) != 0) return errno;
  }
  open_.clear();
  return 0;
}

// A few files are flushed one by one. Every fsync waits for the cache of the disk; for many, the file system is flushed
// once.
int TemporaryTree::Flush() {
  size_t files = 0;
  for (const Entry& entry : entries_) files += entry.is_folder ? 0 : 1;
  if (files > open_.size()) {
    if (const int error = WriteOpenFiles(); error != 0) return error;
    return Retry([this] { return syncfs(folder_.get()); }) == 0 ? 0 : errno;
  }
  for (const Descriptor& file : open_) {
    if (const int error = FlushFile(file.get()); error != 0) return error;
  }
  open_.clear();
  for (const Entry& entry : entries_) {
    if (!entry.is_folder) continue;
    if (const int error = FlushFolder(entry.path); error != 0) return error;
  }
  return 0;
}

void TemporaryTree::Unregister() {
  for (Entry& entry : entries_) {
    if (entry.registered != nullptr) UnregisterTemporary(std::exchange(entry.registered, nullptr));
  }
}

void TemporaryTree::Forget() {
  Unregister();
  entries_.clear();
  open_.clear();
}

void TemporaryTree::Remove() {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->is_folder) {
      rmdir(entry->path.c_str());
    } else {
      Unlink(entry->path);
    }
  }
  Release();
}

void TemporaryTree::Release() {
  Forget();
  path_.clear();
}

}  // namespace pdquant
