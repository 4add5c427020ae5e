#include "files/temporary_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

namespace pdquant {
namespace {

constexpr std::string_view kMark = ".pdquant-";
constexpr size_t kIdLength = 16;
constexpr int kAttempts = 100;

std::string Hex(uint32_t number) {
  std::array<char, 9> digits;
  static_cast<void>(std::snprintf(digits.data(), digits.size(), "%08x", number));
  return digits.data();
}

// Returns 0 or errno.
int MakeRandom(uint32_t* number) {
  const ssize_t got = Retry([&] { return getrandom(number, sizeof(*number), 0); });
  return got == sizeof(*number) ? 0 : errno;
}

}  // namespace

int MakeTemporaryId(uint32_t tag, std::string* id) {
  uint32_t random = 0;
  if (const int error = MakeRandom(&random); error != 0) return error;
  *id = Hex(tag) + Hex(random);
  return 0;
}

bool TemporaryName::HasTag(uint32_t tag) const { return id.starts_with(Hex(tag)); }

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
  if (!file_name.starts_with('.') || file_name.size() <= 1 + kMark.size() + kIdLength) return std::nullopt;
  const std::string_view id = file_name.substr(file_name.size() - kIdLength);
  const std::string_view front = file_name.substr(0, file_name.size() - kIdLength);
  if (!IsTemporaryId(id) || !front.ends_with(kMark)) return std::nullopt;
  return TemporaryName{std::string(front.substr(1, front.size() - 1 - kMark.size())), std::string(id)};
}

void TemporaryFile::Remove() {
  if (!path_.empty()) Unlink(path_);
  Release();
}

int TemporaryFile::Create(const std::string& folder, const std::string& name, uint32_t tag, mode_t mode, int at) {
  constexpr int kFlags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW;
  const std::string name_here = NameInTemporary(name);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (const int error = MakeTemporaryId(tag, &id_); error != 0) return error;
    const std::string file_name = TemporaryName{name_here, id_}.FileName();
    std::string path = folder + file_name;
    registered_ = RegisterTemporary(path, false);
    file_ = at < 0 ? OpenDescriptor(path, kFlags, mode)
                   : OpenWith([&] { return openat(at, file_name.c_str(), kFlags | O_CLOEXEC, mode); });
    if (file_.valid()) {
      path_ = std::move(path);
      // Another process may take it for abandoned before it is locked, and then it is gone. Where the file system has
      // no locks, nobody can take it.
      const bool taken = TryLock(file_.get()) == EWOULDBLOCK;
      if (fstat(file_.get(), &status_) != 0) return errno;
      if (!taken && status_.st_nlink != 0) return 0;
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

void TemporaryFile::Release() {
  path_.clear();
  Unregister();
}

void RemoveAbandoned(const std::string& path, const std::string& pending) {
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  Descriptor file = OpenDescriptor(path, O_RDWR | kFlags);  // some network file systems lock only what may be written
  if (!file.valid() && (errno == EACCES || errno == EISDIR)) file = OpenDescriptor(path, O_RDONLY | kFlags);
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0) return;
  const bool is_folder = S_ISDIR(status.st_mode);
  if (!is_folder && (!S_ISREG(status.st_mode) || status.st_nlink != 1)) return;
  if (TryLock(file.get()) != 0) return;
  // Looked up under the lock: its writer can't make one any more.
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
