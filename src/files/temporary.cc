#include "files/temporary.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/number_text.h"
#include "files/path.h"

namespace pdquant {
namespace {

constexpr std::string_view kMark = ".pdquant-";
constexpr size_t kTagLength = 8;
constexpr size_t kIdLength = 2 * kTagLength;
constexpr int kAttempts = 100;
constexpr size_t kMostOpen = 8;

// A new id: the digits of `tag`, then random ones. Returns 0 or errno.
int MakeTemporaryId(uint32_t tag, std::string* id) {
  uint32_t random = 0;
  const ssize_t got = Retry([&] { return getrandom(&random, sizeof(random), 0); });
  if (got != sizeof(random)) return errno;
  *id = HexDigits(tag, kTagLength) + HexDigits(random, kTagLength);
  return 0;
}

// Locks what was just created. False where another process took it for abandoned before that; then it is gone. Where
// the file system has no locks, nobody can take it.
bool Claim(int fd, struct stat* status) {
  const bool taken = TryLock(fd) == EWOULDBLOCK;
  return fstat(fd, status) == 0 && !taken && status->st_nlink != 0;
}

// Looks for the lock of a writer of many files, in the folder and in those above it.
bool IsHeldBySet(const std::string& folder, const std::string& id) {
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  constexpr int kFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const std::string lock = TemporaryName{"", id}.FileName();
  Descriptor at = OpenDescriptor(folder.empty() ? "." : folder, kFolder);
  struct stat here;
  while (at.valid() && fstat(at.get(), &here) == 0) {
    // Some network file systems lock only what may be written.
    Descriptor file = OpenWith([&] { return openat(at.get(), lock.c_str(), O_RDWR | kFlags); });
    if (!file.valid() && errno == EACCES) {
      file = OpenWith([&] { return openat(at.get(), lock.c_str(), O_RDONLY | kFlags); });
    }
    if (file.valid()) return TryLock(file.get()) != 0;
    if (errno != ENOENT) return true;  // nobody can tell
    Descriptor above = OpenWith([&] { return openat(at.get(), "..", kFolder); });
    struct stat there;
    if (!above.valid() || fstat(above.get(), &there) != 0) return true;
    if (here.st_dev == there.st_dev && here.st_ino == there.st_ino) return false;
    at = std::move(above);
  }
  return true;
}

}  // namespace

uint32_t TemporaryName::tag() const {
  uint32_t tag = 0;
  std::from_chars(id.data(), id.data() + kTagLength, tag, 16);
  return tag;
}

std::string CutName(const std::string& name, size_t length) {
  if (name.size() <= length) return name;
  while (length > 0 && (static_cast<uint8_t>(name[length]) & 0xC0U) == 0x80) --length;
  return name.substr(0, length);
}

std::string NameInTemporary(const std::string& name) { return CutName(name, NAME_MAX - 1 - kMark.size() - kIdLength); }

bool IsTemporaryId(std::string_view id) {
  return id.size() == kIdLength && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<TemporaryName> ParseTemporaryName(std::string_view file_name) {
  if (!file_name.starts_with('.') || file_name.size() < 1 + kMark.size() + kIdLength) return std::nullopt;
  const std::string_view id = file_name.substr(file_name.size() - kIdLength);
  const std::string_view front = file_name.substr(0, file_name.size() - kIdLength);
  if (!IsTemporaryId(id) || !front.ends_with(kMark)) return std::nullopt;
  return TemporaryName{std::string(front.substr(1, front.size() - 1 - kMark.size())), std::string(id)};
}

int TemporaryFile::Create(const std::string& folder, const std::string& name, uint32_t tag, mode_t mode, int at,
                          const std::string& id) {
  constexpr int kFlags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW;
  const std::string name_here = NameInTemporary(name);
  id_ = id;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0 || id.empty()) {
      if (const int error = MakeTemporaryId(tag, &id_); error != 0) return error;
    }
    const std::string file_name = TemporaryName{name_here, id_}.FileName();
    std::string path = folder + file_name;
    registered_ = RegisterTemporary(path, false);
    file_ = at < 0 ? OpenDescriptor(path, kFlags, mode)
                   : OpenWith([&] { return openat(at, file_name.c_str(), kFlags | O_CLOEXEC, mode); });
    if (file_.valid()) {
      path_ = std::move(path);
      if (Claim(file_.get(), &status_)) return 0;
      Unlink(path_);
      path_.clear();
    } else if (errno != EEXIST) {
      const int error = errno;
      Unregister();
      return error;
    }
    Unregister();
  }
  return EEXIST;
}

int TemporaryFile::CopyModeAndOwner(const struct stat& replaced) {
  constexpr mode_t kAllBits = 07777;
  bool same_owner = replaced.st_uid == status_.st_uid && replaced.st_gid == status_.st_gid;
  bool moved = false;
  if (!same_owner) {
    const uid_t owner = geteuid() == 0 ? replaced.st_uid : static_cast<uid_t>(-1);
    moved = fchown(fd(), owner, replaced.st_gid) == 0;
    same_owner = moved && (owner == replaced.st_uid || replaced.st_uid == status_.st_uid);
  }
  // Set-user-id is a right that the owner of the old file gave.
  const mode_t wanted = replaced.st_mode & (same_owner ? kAllBits : 0777U);
  if (!moved && wanted == (status_.st_mode & kAllBits)) return 0;
  return Retry([&] { return fchmod(fd(), wanted); }) == 0 ? 0 : errno;
}

void TemporaryFile::Unregister() {
  if (registered_ != nullptr) UnregisterTemporary(std::exchange(registered_, nullptr));
}

void TemporaryFile::Remove() {
  if (!path_.empty()) Unlink(path_);
  Release();
}

void TemporaryFile::Release() {
  path_.clear();
  Unregister();
}

bool UnflushedFiles::is_full() const { return open_.size() >= kMostOpen; }

void UnflushedFiles::Add(Descriptor file, dev_t device, size_t number) {
  open_.push_back({std::move(file), device, number});
}

// This tells the errors of each file.
int UnflushedFiles::WriteContents(size_t* failed) const {
  constexpr unsigned kFinish = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  for (const File& file : open_) sync_file_range(file.descriptor.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  for (const File& file : open_) {
    *failed = file.number;
    if (Retry([&] { return sync_file_range(file.descriptor.get(), 0, 0, kFinish); }) != 0) return errno;
  }
  return 0;
}

int UnflushedFiles::CloseAll(size_t* failed) {
  if (const int error = WriteContents(failed); error != 0) return error;
  for (File& file : open_) closed_.try_emplace(file.device, std::move(file));
  open_.clear();
  return 0;
}

// Every fsync waits for the cache of the disk, 1000 of them 3.4 s. So few files are flushed one by one; for many the
// contents are written file by file, and then each file system is flushed once.
int UnflushedFiles::Flush(size_t* failed) {
  if (closed_.empty()) {
    for (const File& file : open_) {
      *failed = file.number;
      if (const int error = FlushFile(file.descriptor.get()); error != 0) return error;
    }
    return 0;
  }
  if (const int error = WriteContents(failed); error != 0) return error;
  std::map<dev_t, const File*> one_of_each;
  for (const File& file : open_) one_of_each[file.device] = &file;
  for (const auto& [device, file] : closed_) one_of_each[device] = &file;
  for (const auto& [device, file] : one_of_each) {
    *failed = file->number;
    const int descriptor = file->descriptor.get();
    if (Retry([&] { return syncfs(descriptor); }) != 0) return errno;
  }
  return 0;
}

int TemporaryTree::Create(int at, const std::string& folder, const std::string& name, uint32_t tag) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (const int error = MakeTemporaryId(tag, &id_); error != 0) return error;
    const std::string file_name = TemporaryName{NameInTemporary(name), id_}.FileName();
    const int error = folders_.Make(at, file_name, folder + file_name, &folder_);
    if (error != 0 && error != EEXIST) return error;
    struct stat status;
    if (error == 0 && Claim(folder_.get(), &status)) {
      path_ = folder + file_name;
      device_ = status.st_dev;
      return 0;
    }
    folders_.Remove();
  }
  return EEXIST;
}

int TemporaryTree::AddFile(const std::string& name, int* fd) {
  if (!IsPlainPath(name)) return EXDEV;
  size_t failed = 0;
  if (unflushed_.is_full()) {
    if (const int error = unflushed_.CloseAll(&failed); error != 0) return error;
  }
  const size_t slash = name.rfind('/');
  Descriptor parent;
  if (slash != std::string::npos) {
    const int error = folders_.OpenOrMake(folder_.get(), path_, name.substr(0, slash), &parent);
    if (error != 0) return error;
  }
  const int at = parent.valid() ? parent.get() : folder_.get();
  const std::string last = name.substr(slash + 1);
  const std::string path = path_ + "/" + name;
  RegisteredTemporary* registered = RegisterTemporary(path, false);
  Descriptor file =
      OpenWith([&] { return openat(at, last.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0666); });
  if (!file.valid()) {
    const int error = errno;
    UnregisterTemporary(registered);
    return error;
  }
  *fd = file.get();
  unflushed_.Add(std::move(file), device_, files_.size());
  files_.push_back({path, registered});
  return 0;
}

int TemporaryTree::Flush() {
  size_t failed = 0;
  const bool few = files_.size() <= unflushed_.open();
  if (const int error = unflushed_.Flush(&failed); error != 0) return error;
  if (!few) return 0;  // the folders are flushed with their file system
  for (const std::string& path : folders_.Paths()) {
    if (const int error = FlushFolder(path); error != 0) return error;
  }
  return 0;
}

void TemporaryTree::Unregister() {
  folders_.Unregister();
  for (File& file : files_) {
    if (file.registered != nullptr) UnregisterTemporary(std::exchange(file.registered, nullptr));
  }
}

void TemporaryTree::Remove() {
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) Unlink(file->path);
  folders_.Remove();
  Release();
}

void TemporaryTree::Release() {
  Unregister();
  folders_.Keep();
  files_.clear();
  path_.clear();
}

void RemoveAbandoned(const std::string& folder, const TemporaryName& name, const std::string& pending) {
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const std::string path = folder + name.FileName();
  Descriptor file = OpenDescriptor(path, O_RDWR | kFlags);  // some network file systems lock only what may be written
  if (!file.valid() && (errno == EACCES || errno == EISDIR)) file = OpenDescriptor(path, O_RDONLY | kFlags);
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0) return;
  const bool is_folder = S_ISDIR(status.st_mode);
  if (!is_folder && (!S_ISREG(status.st_mode) || status.st_nlink != 1)) return;
  if (TryLock(file.get()) != 0) return;
  // Looked up under the lock. A writer takes the lock for many files before it gives up the one of this file, and it
  // can't make a pending file any more if it is gone.
  if (!name.name.empty() && IsHeldBySet(folder, name.id)) return;
  struct stat other;
  if (!pending.empty() && (lstat(pending.c_str(), &other) == 0 || errno != ENOENT)) return;
  if (is_folder) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  } else {
    Unlink(path);
  }
}

}  // namespace pdquant
