#include "files/output_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "base/escape.h"
#include "files/path.h"

namespace pdquant {
namespace {

constexpr size_t kMostOpenFolders = 8;

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

int OutputFolder::Open(const std::string& path) { return OpenAt(AT_FDCWD, path.empty() ? "." : path, path); }

int OutputFolder::OpenAt(int at, const std::string& name, const std::string& path) {
  if (path.find('\0') != std::string::npos) return ENOENT;
  const auto open = [&](int flags) {
    return OpenWith([&] { return openat(at, name.c_str(), flags | O_DIRECTORY | O_CLOEXEC); });
  };
  Descriptor folder = open(O_RDONLY);
  if (!folder.valid() && errno == EACCES) {
    readable_ = false;
    folder = open(O_PATH);
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

int OutputFolder::Reopen(Descriptor folder) {
  struct stat status;
  if (fstat(folder.get(), &status) != 0) return errno;
  if (status.st_dev != device_ || status.st_ino != inode_) return ESTALE;
  descriptor_ = std::move(folder);
  return 0;
}

int OutputFolder::List() {
  // A descriptor of its own: closedir closes it.
  Descriptor listed = OpenWith([&] { return openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (!listed.valid()) return errno;
  const std::unique_ptr<DIR, CloseFolder> folder(fdopendir(listed.get()));
  if (folder == nullptr) return errno;
  static_cast<void>(listed.Release());
  errno = 0;
  while (const dirent* entry = readdir(folder.get())) {
    if (const std::optional<TemporaryName> name = ParseTemporaryName(entry->d_name)) {
      if (name->name.empty()) RemoveAbandoned(path_, *name, "");  // only a lock, which no list can name
      with_tag_.emplace(name->tag(), *name);
      with_name_.emplace(name->name, *name);
    }
    errno = 0;
  }
  return errno;
}

int OutputFolder::Rename(const std::string& from, const std::string& to) const {
  return Retry([&] { return renameat(fd(), from.c_str(), fd(), to.c_str()); }) == 0 ? 0 : errno;
}

std::string OutputFolder::KeyOf(const std::string& name) const {
  return std::to_string(device_) + "/" + std::to_string(inode_) + "/" + name;
}

// Without the number of the device, which may change when the machine starts again.
uint32_t OutputFolder::TagOf(const std::string& name) const {
  return static_cast<uint32_t>(Fingerprint(std::to_string(inode_) + "/" + name));
}

void OutputFolder::RemoveAbandonedWithTag(uint32_t tag, const std::string& pending) {
  const auto [first, last] = with_tag_.equal_range(tag);
  for (auto at = first; at != last; ++at) RemoveAbandoned(path_, at->second, pending);
  with_tag_.erase(first, last);
}

void OutputFolder::RemoveSuperseded(const std::string& name) const {
  if (NameInTemporary(name) != name) return;  // it may be for another destination with the same beginning
  const auto [first, last] = with_name_.equal_range(name);
  for (auto at = first; at != last; ++at) RemoveAbandoned(path_, at->second, "");
}

Status OutputRoot::Open(const std::string& path) {
  path_ = path;
  descriptor_ = OpenDescriptor(path, O_PATH | O_DIRECTORY);
  int error = descriptor_.valid() ? 0 : errno;
  if (error == 0) error = home_.OpenAt(descriptor_.get(), ".", path + "/");
  return error == 0 ? Status() : SystemError(Quote(path), "open the folder", error);
}

Status OutputRoot::Failed(const std::string& name, std::string_view action, int error) const {
  const std::string quoted = Quote(path_ + "/" + name);
  if (error == EXDEV) return BadInput(quoted + ": leads out of the folder, or has an empty part");
  if (error == ELOOP)
    return BadInput(quoted + ": is a symbolic link or lies behind one, which might lead out of the folder");
  return SystemError(quoted, action, error);
}

void OutputRoot::CloseSome() {
  if (open_.size() < kMostOpenFolders) return;
  for (OutputFolder* folder : open_) folder->Close();
  open_.clear();
}

Result<OutputFolder*> OutputRoot::FolderFor(const std::string& name) {
  if (!IsPlainPath(name)) return Failed(name, "write", EXDEV);
  const size_t slash = name.rfind('/');
  if (slash == std::string::npos) return &home_;
  const std::string part = name.substr(0, slash);
  if (const auto found = folders_.find(part); found != folders_.end()) {
    const int error = OpenAgain(found->second.get());
    return error == 0 ? Result<OutputFolder*>(found->second.get()) : Failed(name, "open the folder of", error);
  }
  CloseSome();
  Descriptor opened;
  if (const int error = made_.OpenOrMake(descriptor_.get(), path_, part, &opened); error != 0) {
    return Failed(name, "open the folder of", error);
  }
  auto folder = std::make_unique<OutputFolder>();
  if (const int error = folder->Adopt(std::move(opened), path_ + "/" + part + "/"); error != 0) {
    return Failed(name, "list the folder of", error);
  }
  open_.push_back(folder.get());
  return (folders_[part] = std::move(folder)).get();
}

int OutputRoot::OpenAgain(OutputFolder* folder) {
  if (folder->is_open()) return 0;
  CloseSome();
  const std::string part = WithoutSlashes(folder->path().substr(path_.size() + 1));
  Descriptor opened = OpenBeneath(descriptor_.get(), part, O_RDONLY | O_DIRECTORY);
  if (!opened.valid()) return errno;
  if (const int error = folder->Reopen(std::move(opened)); error != 0) return error;
  open_.push_back(folder);
  return 0;
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
  std::set<std::string> parents;
  for (const std::string& path : made_.Paths()) parents.insert(OpenableFolder(path));
  for (const std::string& parent : parents) {
    if (const int error = FlushFolder(parent); error != 0) return SystemError(Quote(parent), "flush the folder", error);
  }
  return {};
}

OutputEntry::OutputEntry(std::string path, OutputFolder* folder, OutputRoot* root)
    : path_(std::move(path)), name_(NameOf(path_)), folder_(folder), root_(root) {}

Status OutputEntry::Failed(std::string_view action, int error) const {
  return SystemError(Quote(path_), action, error);
}

Status OutputEntry::CreateFile(uint32_t tag, const std::string& id, const struct stat* existing) {
  exists_ = existing != nullptr;
  if (exists_) existing_ = *existing;
  // Never more open than the file it replaces, not even while it is written.
  const mode_t mode = exists_ ? existing_.st_mode & 0777U : 0666U;
  const int error = file_.Create(folder_->path(), name_, tag, mode, folder_->fd(), id);
  return error == 0 ? Status() : Failed("create a file beside it", error);
}

Status OutputEntry::CreateTree(uint32_t tag) {
  is_tree_ = true;
  const int error = tree_.Create(folder_->fd(), folder_->path(), name_, tag);
  return error == 0 ? Status() : Failed("create a folder beside it", error);
}

Status OutputEntry::FinishFile() {
  const int error = exists_ ? file_.CopyModeAndOwner(existing_) : 0;
  return error == 0 ? Status() : Failed("write", error);
}

Status OutputEntry::FlushTree() {
  const int error = tree_.Flush();
  return error == 0 ? Status() : Failed("write", error);
}

int OutputEntry::Rename() {
  const int error = root_ == nullptr ? 0 : root_->OpenAgain(folder_);
  return error == 0 ? folder_->Rename(NameOf(is_tree_ ? tree_.path() : file_.path()), name_) : error;
}

Status OutputEntry::Move() {
  const int error = Rename();
  return error == 0 ? Status() : Failed("replace", error);
}

Status OutputEntry::Replace() {
  const int error = Rename();
  if (is_tree_ && (error == ENOTEMPTY || error == EEXIST)) {
    return TryAgain(Quote(path_) + ": another process has made this folder in the meantime; try again");
  }
  if (error != 0) return Failed("replace", error);
  Release();
  const int flushed = folder_->Flush();
  return flushed == 0 ? Status() : SystemError(Quote(OpenableFolder(path_)), "flush the folder", flushed);
}

void OutputEntry::Unregister() {
  file_.Unregister();
  tree_.Unregister();
}

void OutputEntry::Remove() {
  file_.Remove();
  tree_.Remove();
}

void OutputEntry::Release() {
  file_.Release();
  tree_.Release();
}

}  // namespace pdquant
