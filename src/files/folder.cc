#include "files/folder.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "files/path.h"

namespace pdquant {
namespace {

constexpr int kMostAttempts = 1000;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// Fails with EAGAIN where something above `name` is renamed at that moment.
Descriptor OpenAt2(int folder, const std::string& name, int flags, mode_t mode) {
  open_how how = {};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return OpenWith([&] { return static_cast<int>(syscall(SYS_openat2, folder, name.c_str(), &how, sizeof(how))); });
}

bool IsLink(int folder, const std::string& name) {
  struct stat status;
  return fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

}  // namespace

Descriptor OpenBeneath(int folder, const std::string& name, int flags, mode_t mode) {
  if (!IsPlainPath(name)) {
    errno = EXDEV;
    return Descriptor();
  }
  Descriptor opened = OpenAt2(folder, name, flags, mode);
  for (int i = 0; i < kMostAttempts && !opened.valid() && errno == EAGAIN; ++i) {
    opened = OpenAt2(folder, name, flags, mode);
  }
  if (opened.valid() || (errno != ENOSYS && errno != EPERM && errno != EINVAL && errno != EAGAIN)) return opened;
  return OpenByComponents(folder, name, flags, mode);
}

Descriptor OpenByComponents(int folder, const std::string& name, int flags, mode_t mode) {
  if (!IsPlainPath(name)) {
    errno = EXDEV;
    return Descriptor();
  }
  const std::vector<std::string> components = SplitPath(name);
  Descriptor parent;
  int at = folder;
  for (size_t i = 0; i < components.size(); ++i) {
    const bool last = i + 1 == components.size();
    const int how = (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC;
    Descriptor next = OpenWith([&] { return openat(at, components[i].c_str(), how, mode); });
    if (!next.valid()) {
      const int error = errno;
      errno = error == ENOTDIR && IsLink(at, components[i]) ? ELOOP : error;
      return next;
    }
    parent = std::move(next);
    at = parent.get();
  }
  return parent;
}

Status MakeFolders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return error ? SystemError(Quote(path), "create the folder", error.value()) : Status();
}

int FlushFolder(int fd) {
  const int error = FlushFile(fd);
  if (error == EBADF) sync();                                                  // O_PATH
  const bool done = error == EBADF || error == EINVAL || error == EOPNOTSUPP;  // or the folder is kept elsewhere
  return done ? 0 : error;
}

int FlushFolder(const std::string& path) {
  Descriptor opened = OpenDescriptor(path, O_RDONLY | O_DIRECTORY);
  if (!opened.valid() && errno == EACCES) opened = OpenDescriptor(path, O_PATH | O_DIRECTORY);
  return opened.valid() ? FlushFolder(opened.get()) : errno;
}

int MadeFolders::Make(int parent, const std::string& name, const std::string& path, Descriptor* folder) {
  made_.push_back({path, RegisterTemporary(path, true)});  // before it is there: a signal may come at any moment
  int error = Retry([&] { return mkdirat(parent, name.c_str(), 0777); }) == 0 ? 0 : errno;
  if (error == 0) {
    *folder = OpenWith([&] { return openat(parent, name.c_str(), kOpenFolder); });
    if (folder->valid()) return 0;
    error = errno;
    unlinkat(parent, name.c_str(), AT_REMOVEDIR);
  }
  UnregisterTemporary(made_.back().registered);
  made_.pop_back();
  return error;
}

int MadeFolders::OpenOrMake(int root, const std::string& root_path, const std::string& name, Descriptor* folder) {
  if (name.empty()) {
    *folder = OpenWith([&] { return openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    return folder->valid() ? 0 : errno;
  }
  *folder = OpenBeneath(root, name, O_RDONLY | O_DIRECTORY);
  if (folder->valid() || errno != ENOENT) return folder->valid() ? 0 : errno;
  const std::vector<std::string> components = SplitPath(name);
  Descriptor parent;
  std::string path = root_path;
  for (size_t i = 0; i < components.size(); ++i) {
    const int at = i == 0 ? root : parent.get();
    const int flags = i + 1 == components.size() ? O_RDONLY | O_DIRECTORY : O_PATH | O_DIRECTORY;
    path += "/" + components[i];
    Descriptor next = OpenBeneath(at, components[i], flags);
    if (!next.valid() && errno == ENOENT) {
      const int error = Make(at, components[i], path, &next);
      if (error == EEXIST) next = OpenBeneath(at, components[i], flags);  // another process was quicker
      if (error != 0 && error != EEXIST) return error;
    }
    if (!next.valid()) return errno;
    parent = std::move(next);
  }
  *folder = std::move(parent);
  return 0;
}

std::vector<std::string> MadeFolders::Paths() const {
  std::vector<std::string> paths;
  for (const Made& made : made_) paths.push_back(made.path);
  return paths;
}

void MadeFolders::Remove() {
  for (auto made = made_.rbegin(); made != made_.rend(); ++made) rmdir(made->path.c_str());
  Keep();
}

void MadeFolders::Unregister() {
  for (Made& made : made_) {
    if (made.registered != nullptr) UnregisterTemporary(std::exchange(made.registered, nullptr));
  }
}

void MadeFolders::Keep() {
  Unregister();
  made_.clear();
}

}  // namespace pdquant
