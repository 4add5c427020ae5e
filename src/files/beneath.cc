#include "files/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace pdquant {
namespace {

constexpr int kMostAttempts = 1000;

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

bool IsPlainPath(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return false;
  for (;;) {
    const size_t slash = name.find('/');
    const std::string_view component = name.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> components;
  for (;;) {
    const size_t slash = path.find('/');
    components.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return components;
    path.remove_prefix(slash + 1);
  }
}

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

}  // namespace pdquant
