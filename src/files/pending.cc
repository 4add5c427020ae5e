#include "files/pending.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/escape.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/temporary.h"

namespace pdquant {
namespace {

constexpr std::chrono::seconds kPatience(5);
constexpr std::chrono::milliseconds kLongestPause(16);

std::string TemporaryPath(const PendingRename& rename) {
  return FolderOf(rename.destination) +
         TemporaryName{NameInTemporary(NameOf(rename.destination)), rename.id}.FileName();
}

// The list makes this process rename files, so it must come from this user or from root.
Status CheckTrust(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return IoError(Quote(path) + ": is in the way: it is no regular file; remove it");
  if (status.st_uid == geteuid() || status.st_uid == 0) return {};
  return IoError(Quote(path) + ": user " + std::to_string(status.st_uid) +
                 " left a write of several files unfinished; let that user write them again, or remove it");
}

// Opens and locks the pending file. Invalid where there is none and `flags` don't create it. Signals are blocked with
// the lock and before a file is created, but not while this waits.
Result<Descriptor> OpenLocked(const std::string& path, int flags, SignalBlock* signals) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  auto pause = std::chrono::milliseconds(1);
  for (;;) {
    if (signals != nullptr) signals->Begin();
    Descriptor file = OpenDescriptor(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, 0644);
    if (!file.valid()) {
      const bool none = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
      if (none && (flags & O_CREAT) == 0) return Descriptor();
      return SystemError(Quote(path), "open the list of an unfinished write", errno);
    }
    struct stat status;
    if (fstat(file.get(), &status) != 0) return SystemError(Quote(path), "look at", errno);
    if (Status trust = CheckTrust(path, status); !trust.ok()) return trust;
    const bool held = TryLock(file.get()) == EWOULDBLOCK;
    struct stat there;  // another process may have removed it before we had the lock
    const bool same =
        lstat(path.c_str(), &there) == 0 && there.st_dev == status.st_dev && there.st_ino == status.st_ino;
    if (!held && same) return file;
    if (signals != nullptr) signals->End();
    if (std::chrono::steady_clock::now() > deadline) {
      return TryAgain(Quote(path) + ": another process has been writing these files for long; try again later");
    }
    if (!held) continue;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

Result<std::string> ReadList(const std::string& path, int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return SystemError(Quote(path), "read", errno);
  const auto size = static_cast<size_t>(status.st_size);
  if (size > kMostPendingBytes)
    return IoError(Quote(path) + ": is too large for the list of an unfinished write; remove it");
  std::string text(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got = Retry([&] { return pread(fd, text.data() + done, size - done, static_cast<off_t>(done)); });
    if (got < 0) return SystemError(Quote(path), "read", errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return text;
}

Status CheckTemporary(const std::string& path, bool* done) {
  struct stat status;
  *done = lstat(path.c_str(), &status) != 0;
  if (!*done) {
    const bool ours = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
    return ours ? Status() : IoError(Quote(path) + ": is no regular file");
  }
  const int error = errno;
  // It is gone because it has been renamed; not so if the whole folder isn't where the list says.
  const std::string folder = FolderOf(path);
  if (error == ENOENT && (folder.empty() || stat(folder.c_str(), &status) == 0)) return {};
  return SystemError(Quote(path), "find", error);
}

Status FlushFolders(const std::vector<PendingRename>& renames) {
  std::set<std::string> folders;
  for (const PendingRename& rename : renames) folders.insert(OpenableFolder(rename.destination));
  for (const std::string& folder : folders) {
    if (const int error = FlushFolder(folder); error != 0) return SystemError(Quote(folder), "flush the folder", error);
  }
  return {};
}

// Does what the list of a killed writer says is left. The lock is held.
Status Recover(const std::string& path, int fd) {
  const Result<std::string> text = ReadList(path, fd);
  if (!text.ok()) return text.status();
  std::vector<PendingRename> renames;
  switch (DecodePending(*text, &renames)) {
    case PendingText::kTorn:
      return {};
    case PendingText::kForeign:
      return IoError(Quote(path) + ": is no list of an unfinished write that this version knows; remove it");
    case PendingText::kComplete:
      break;
  }
  const std::string folder = FolderOf(path);
  for (PendingRename& rename : renames) {
    rename.destination = folder + rename.destination;
    const std::string temporary = TemporaryPath(rename);
    bool done = false;
    Status status = CheckTemporary(temporary, &done);
    if (status.ok() && !done) {
      const int error = Rename(temporary, rename.destination);
      if (error != 0) status = SystemError(Quote(rename.destination), "replace", error);
    }
    if (!status.ok()) {
      return status.WithMessage(status.message() + "; a write of several files was interrupted here: remove " +
                                Quote(path) + " to leave it unfinished");
    }
  }
  return FlushFolders(renames);
}

// The destinations as they are seen from the folder of `path`, so that the tree may move in the meantime.
Result<std::vector<PendingRename>> RelativeTo(const std::string& path, const std::vector<PendingRename>& renames) {
  std::unordered_map<std::string, std::string> relative_folders = {{FolderOf(path), ""}};
  std::vector<PendingRename> relative;
  for (const PendingRename& rename : renames) {
    const auto [folder, is_new] = relative_folders.try_emplace(FolderOf(rename.destination));
    if (is_new) {
      const std::string from = RealPath(OpenableFolder(path));
      const std::string to = RealPath(OpenableFolder(rename.destination));
      if (from.empty() || to.empty()) return SystemError(Quote(rename.destination), "find the folder of", errno);
      folder->second = (std::filesystem::path(to).lexically_relative(from) / "").string();
    }
    relative.push_back({folder->second + NameOf(rename.destination), rename.id});
  }
  return relative;
}

// In both places of a folder whose real path this is.
void AddPlaces(const std::string& real, std::vector<std::string>* places) {
  if (real.empty()) return;
  if (real != "/") places->push_back(real);
  places->push_back(real == "/" ? real : real + "/");
}

}  // namespace

std::string PendingPath(const std::string& first) {
  return FolderOf(first) + CutName(NameOf(first), NAME_MAX - kPendingSuffix.size()) + std::string(kPendingSuffix);
}

std::string PendingPlaceOfFolder(const std::string& folder) {
  const std::string path = WithoutSlashes(folder);
  std::string real = RealPath(path);
  if (real.empty()) {
    const Result<std::string> followed = FollowLinks(path);
    return followed.ok() ? *followed : path;
  }
  if (real == "/") return real;
  return faccessat(AT_FDCWD, OpenableFolder(real).c_str(), W_OK, AT_EACCESS) == 0 ? real : real + "/";
}

std::vector<std::string> PendingPlaces(const std::string& path) {
  std::vector<std::string> places;
  if (IsFolder(path)) {
    AddPlaces(RealPath(path), &places);
    return places;
  }
  const Result<std::string> followed = FollowLinks(WithoutSlashes(path));
  if (!followed.ok()) return places;
  places.push_back(*followed);
  const std::string name = NameOf(*followed);
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0) places.push_back(FolderOf(*followed) + name.substr(0, dot));
  AddPlaces(RealPath(OpenableFolder(*followed)), &places);
  return places;
}

Status FinishPendingAround(const std::string& path) {
  for (const std::string& first : PendingPlaces(path)) {
    struct stat status;
    const bool none = lstat(PendingPath(first).c_str(), &status) != 0 &&
                      (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ENAMETOOLONG);
    if (none) continue;
    if (Status finished = FinishPendingAt(first); !finished.ok()) return finished;
  }
  return {};
}

void SignalBlock::Begin() {
  if (blocked_) return;
  sigset_t all;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
  blocked_ = pthread_sigmask(SIG_SETMASK, &all, &before_) == 0;
}

void SignalBlock::End() {
  if (blocked_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  blocked_ = false;
}

Status FinishPendingAt(const std::string& first) {
  const std::string path = PendingPath(first);
  const Result<Descriptor> file = OpenLocked(path, 0, nullptr);
  if (!file.ok()) return file.status();
  if (!file->valid()) return {};
  if (Status status = Recover(path, file->get()); !status.ok()) return status;
  if (const int error = Unlink(path); error != 0) return SystemError(Quote(path), "remove", error);
  if (const int error = FlushFolder(OpenableFolder(path)); error != 0) return SystemError(Quote(path), "remove", error);
  return {};
}

Status PendingFile::Lock(const std::string& first) {
  path_ = PendingPath(first);
  Result<Descriptor> file = OpenLocked(path_, O_CREAT, &signals_);
  if (!file.ok()) return file.status();
  file_ = std::move(*file);
  return Recover(path_, file_.get());
}

Status PendingFile::Write(const std::vector<PendingRename>& renames) {
  const auto failed = [&](int error) { return SystemError(Quote(path_), "write", error); };
  const Result<std::vector<PendingRename>> relative = RelativeTo(path_, renames);
  if (!relative.ok()) return relative.status();
  const std::string text = EncodePending(*relative);
  if (text.size() > kMostPendingBytes) return failed(EFBIG);
  if (Retry([&] { return ftruncate(file_.get(), 0); }) != 0) return failed(errno);
  if (Status status = FlushFolders(renames); !status.ok()) return status;
  const std::string_view piece = text;
  if (const int error = WriteAll(file_.get(), {&piece, 1}); error != 0) return failed(error);
  if (const int error = FlushFile(file_.get()); error != 0) return failed(error);
  return {};
}

Status PendingFile::Rename(const std::vector<PendingRename>& renames, const std::function<Status(size_t number)>& move,
                           size_t* done) {
  for (size_t i = 0; i < renames.size(); ++i) {
    if (Status status = move(i); !status.ok()) return status;
    ++*done;
  }
  return FlushFolders(renames);
}

Status PendingFile::Remove() {
  int error = Unlink(path_);
  if (error == 0) error = FlushFolder(OpenableFolder(path_));
  return error == 0 ? Status() : SystemError(Quote(path_), "remove", error);
}

bool PendingFile::Discard() {
  if (Unlink(path_) != 0) return false;
  FlushFolder(OpenableFolder(path_));  // durable before the temporary files go, as far as that can be had
  return true;
}

}  // namespace pdquant
