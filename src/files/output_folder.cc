#include "files/output_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "files/descriptor.h"
#include "files/fingerprint.h"

namespace pdquant {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

int OutputFolder::Open(const std::string& path) {
  const std::string opened = path.empty() ? "." : path;
  Descriptor folder = OpenDescriptor(opened, O_RDONLY | O_DIRECTORY);
  if (!folder.valid() && errno == EACCES) {
    readable_ = false;
    folder = OpenDescriptor(opened, O_PATH | O_DIRECTORY);
  }
  return folder.valid() ? Adopt(std::move(folder), path) : errno;
}

int OutputFolder::Adopt(Descriptor folder, const std::string& path) {
  path_ = path;
  descriptor_ = std::move(folder);
  struct stat status;
  if (fstat(fd(), &status) != 0) return errno;
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return readable_ ? List() : 0;
}

int OutputFolder::List() {
  Descriptor listed = OpenWith([this] { return openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (!listed.valid()) return errno;
  const std::unique_ptr<DIR, CloseFolder> folder(fdopendir(listed.get()));
  if (folder == nullptr) return errno;
  listed.Release();
  errno = 0;
  while (const dirent* entry = readdir(folder.get())) {
    if (std::optional<TemporaryName> name = ParseTemporaryName(entry->d_name)) temporaries_.push_back(std::move(*name));
    errno = 0;
  }
  return errno;
}

int OutputFolder::Flush() const {
  if (!readable_) {  // it can't be flushed alone
    sync();
    return 0;
  }
  const int error = FlushFile(fd());
  const bool unsupported = error == EINVAL || error == EOPNOTSUPP;  // file systems that keep folders elsewhere
  return unsupported ? 0 : error;
}

int OutputFolder::Rename(const std::string& from, const std::string& to) const {
  return Retry([&] { return renameat(fd(), from.c_str(), fd(), to.c_str()); }) == 0 ? 0 : errno;
}

// Without the number of the device, which may change when the machine starts again.
uint32_t OutputFolder::TagOf(const std::string& name) const {
  return static_cast<uint32_t>(Fingerprint(std::to_string(inode_) + "/" + name));
}

void OutputFolder::RemoveAbandonedWithTag(uint32_t tag, const std::string& pending) {
  std::erase_if(temporaries_, [&](const TemporaryName& temporary) {
    if (!temporary.HasTag(tag)) return false;
    RemoveAbandoned(path_ + temporary.FileName(), pending);
    return true;
  });
}

void OutputFolder::RemoveSuperseded(const std::string& name) {
  if (NameInTemporary(name) != name) return;  // it may be for another destination with the same beginning
  for (const TemporaryName& temporary : temporaries_) {
    if (temporary.name == name) RemoveAbandoned(path_ + temporary.FileName(), "");
  }
}

}  // namespace pdquant
