#include "model/byte_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace pdquant {

FileIdentity::FileIdentity(const struct stat& status)
    : device_(status.st_dev),
      inode_(status.st_ino),
      size_(status.st_size),
      modified_{status.st_mtim.tv_sec, status.st_mtim.tv_nsec},
      changed_{status.st_ctim.tv_sec, status.st_ctim.tv_nsec} {}

Status FileSource::Init() {
  if (fstat(file_.get(), &status_) != 0) return SystemError(name_, "read", errno);
  if (S_ISREG(status_.st_mode)) return {};
  return BadInput(name_ + ": is no regular file; parameters are read twice and can't come from a pipe or a device");
}

Status FileSource::Read(uint64_t offset, std::span<char> into) const {
  constexpr size_t kMostOfOneCall = size_t{1} << 30U;
  for (size_t done = 0; done < into.size();) {
    const size_t wanted = std::min(into.size() - done, kMostOfOneCall);
    const auto at = static_cast<off_t>(offset + done);
    const ssize_t got = Retry([&] { return pread(file_.get(), into.data() + done, wanted, at); });
    if (got < 0) return SystemError(name_, "read", errno);
    if (got == 0) return Changed();
    done += static_cast<size_t>(got);
  }
  return {};
}

Status FileSource::CheckUnchanged() const {
  struct stat now;
  if (fstat(file_.get(), &now) != 0) return SystemError(name_, "read", errno);
  return FileIdentity(now) == identity() ? Status() : Changed();
}

void FileSource::ExpectSequentialReads() const { posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL); }

Status FileSource::Changed() const {
  return IoError(name_ + ": changed while it was read; try again when its writer is done");
}

}  // namespace pdquant
