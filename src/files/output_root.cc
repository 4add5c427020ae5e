#include "files/output_root.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "files/beneath.h"
#include "files/destination.h"

namespace pdquant {

OutputRoot::~OutputRoot() {
  for (auto made = made_.rbegin(); made != made_.rend(); ++made) rmdir(made->path.c_str());
  Keep();
}

Status OutputRoot::Open(const std::string& path) {
  path_ = path;
  descriptor_ = OpenDescriptor(path, O_PATH | O_DIRECTORY);
  return descriptor_.valid() ? Status() : SystemError(Quote(path), "open the folder", errno);
}

Status OutputRoot::Failed(const std::string& name, std::string_view action, int error) const {
  const std::string quoted = Quote(path_ + "/" + name);
  if (error == EXDEV) return BadInput(quoted + ": leads out of the folder, or has an empty part");
  if (error == ELOOP)
    return BadInput(quoted + ": is a symbolic link or lies behind one, which might lead out of the folder");
  return SystemError(quoted, action, error);
}

// Opens the folder `name`, "" for the root, and makes what is missing on the way.
int OutputRoot::OpenFolder(const std::string& name, Descriptor* folder) {
  const auto open = [&] {
    if (!name.empty()) return OpenBeneath(descriptor_.get(), name, O_RDONLY | O_DIRECTORY);
    return OpenWith([&] { return openat(descriptor_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  };
  *folder = open();
  if (folder->valid() || errno != ENOENT || name.empty()) return folder->valid() ? 0 : errno;
  const size_t slash = name.rfind('/');
  Descriptor parent;
  const int error = OpenFolder(slash == std::string::npos ? "" : name.substr(0, slash), &parent);
  if (error != 0) return error;
  const std::string path = path_ + "/" + name;
  const std::string last = name.substr(slash + 1);
  made_.push_back({path, RegisterTemporary(path, true)});
  if (mkdirat(parent.get(), last.c_str(), 0777) != 0) {
    const int failed = errno;
    UnregisterTemporary(made_.back().registered);
    made_.pop_back();
    if (failed != EEXIST) return failed;  // otherwise another process was quicker
  }
  *folder = open();
  return folder->valid() ? 0 : errno;
}

Result<OutputFolder*> OutputRoot::FolderFor(const std::string& name) {
  if (!IsPlainPath(name)) return Failed(name, "write", EXDEV);
  const std::string path = FolderOf(path_ + "/" + name);
  for (const auto& folder : folders_) {
    if (folder->path() == path) return folder.get();
  }
  const std::string part = FolderOf(name);
  Descriptor opened;
  if (const int error = OpenFolder(part.substr(0, part.empty() ? 0 : part.size() - 1), &opened); error != 0) {
    return Failed(name, "open the folder of", error);
  }
  auto folder = std::make_unique<OutputFolder>();
  if (const int error = folder->Adopt(std::move(opened), path); error != 0) {
    return Failed(name, "list the folder of", error);
  }
  folders_.push_back(std::move(folder));
  return folders_.back().get();
}

Result<std::optional<struct stat>> OutputRoot::Look(const OutputFolder& folder, const std::string& name) const {
  struct stat status;
  if (fstatat(folder.fd(), NameOf(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::optional<struct stat>();
    return Failed(name, "write", errno);
  }
  if (S_ISLNK(status.st_mode)) return Failed(name, "write", ELOOP);
  if (S_ISDIR(status.st_mode)) return Failed(name, "write", EISDIR);
  if (!S_ISREG(status.st_mode)) return IoError(Quote(path_ + "/" + name) + ": is in the way: it is no regular file");
  return std::optional<struct stat>(status);
}

Status OutputRoot::Flush() const {
  for (const Made& made : made_) {
    const std::string parent = OpenableFolder(made.path);
    if (const int error = FlushFolder(parent); error != 0) return SystemError(Quote(parent), "flush the folder", error);
  }
  return {};
}

void OutputRoot::Keep() {
  for (const Made& made : made_) UnregisterTemporary(made.registered);
  made_.clear();
}

}  // namespace pdquant
