#include "files/input.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "base/escape.h"
#include "files/descriptor.h"

namespace pdquant {
namespace {

constexpr size_t kHugePage = size_t{2} << 20U;
constexpr size_t kFirstChunk = size_t{64} << 10U;
constexpr size_t kLargestGrowth = size_t{64} << 20U;

// Not initialized. Large ones on huge pages: reading 7 MB takes 1.0 ms instead of 2.2, the rest is page faults.
Bytes::Buffer Allocate(size_t size) {
  void* data = nullptr;
  if (size < kHugePage) {
    data = std::malloc(std::max<size_t>(size, 1));
  } else if (size <= SIZE_MAX - kHugePage) {
    const size_t rounded = (size + kHugePage - 1) / kHugePage * kHugePage;
    data = std::aligned_alloc(kHugePage, rounded);
    if (data != nullptr) madvise(data, rounded, MADV_HUGEPAGE);
  }
  if (data == nullptr) throw std::bad_alloc();
  return Bytes::Buffer(static_cast<char*>(data));
}

void Grow(Bytes::Buffer* buffer, size_t size) {
  void* data = std::realloc(buffer->get(), size);
  if (data == nullptr) throw std::bad_alloc();
  static_cast<void>(buffer->release());
  buffer->reset(static_cast<char*>(data));
}

// How much is read, and the option that says so; empty for a limit that is fixed.
struct Limit {
  uint64_t bytes;
  std::string_view option;
};

Status OverLimit(const std::string& name, const std::string& what, const Limit& limit) {
  std::string text = name + ": " + what + ", over the limit of " + std::to_string(limit.bytes);
  if (!limit.option.empty()) text.append(" (").append(limit.option).append(")");
  return BadInput(std::move(text));
}

Status Changed(const std::string& name) {
  return IoError(name + ": changed while it was read; try again when its writer is done");
}

bool SameTime(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

// The time of status catches a writer that sets back the time of modification. It also moves when a link to the file
// comes or goes, as when another process replaces the file by renaming: then what we read is the whole old file. The
// number of links and the time don't move in one step: a file that is gone already may get its time after that.
bool IsUnchanged(const struct stat& before, const struct stat& after) {
  if (before.st_size != after.st_size || !SameTime(before.st_mtim, after.st_mtim)) return false;
  return before.st_nlink != after.st_nlink || after.st_nlink == 0 || SameTime(before.st_ctim, after.st_ctim);
}

// Reads to the end whatever it is. The memory grows with what has come, by moving pages, not by copying.
Result<Bytes> ReadStream(int fd, const std::string& name, const Limit& limit) {
  const auto most = static_cast<size_t>(std::min<uint64_t>(limit.bytes, SIZE_MAX / 2)) + 1;  // one tells "more"
  size_t capacity = std::min(kFirstChunk, most);
  size_t size = 0;
  Bytes::Buffer buffer = Allocate(capacity);
  for (;;) {
    if (size == most) return OverLimit(name, "more than " + std::to_string(limit.bytes) + " bytes", limit);
    if (size == capacity) {
      capacity = std::min(capacity + std::min(capacity, kLargestGrowth), most);
      Grow(&buffer, capacity);
    }
    const ssize_t got = ReadSome(fd, buffer.get() + size, capacity - size);
    if (got < 0) return SystemError(name, "read", errno);
    if (got == 0) return Bytes(std::move(buffer), size);
    size += static_cast<size_t>(got);
  }
}

// Reads `size` bytes.
Result<Bytes> ReadSized(int fd, const std::string& name, size_t size) {
  Bytes::Buffer buffer = Allocate(size);
  for (size_t done = 0; done < size;) {
    const ssize_t got = ReadSome(fd, buffer.get() + done, size - done);
    if (got < 0) return SystemError(name, "read", errno);
    if (got == 0) return Changed(name);
    done += static_cast<size_t>(got);
  }
  return Bytes(std::move(buffer), size);
}

Result<Bytes> ReadRegular(int fd, const std::string& name, const struct stat& before, const Limit& limit) {
  auto size = static_cast<uint64_t>(before.st_size);
  if (fd == STDIN_FILENO) {  // somebody may have read its beginning
    const off_t start = lseek(fd, 0, SEEK_CUR);
    if (start > 0) size -= std::min(size, static_cast<uint64_t>(start));
  }
  if (size > limit.bytes) return OverLimit(name, std::to_string(size) + " bytes", limit);
  // A file of size 0 may still have contents, as in /proc.
  Result<Bytes> bytes = size == 0 ? ReadStream(fd, name, limit) : ReadSized(fd, name, static_cast<size_t>(size));
  if (!bytes.ok()) return bytes;
  // A file that is being replaced may get its time before it loses its link: after a moment it has both.
  constexpr int kLooks = 10;
  constexpr useconds_t kMoment = 1000;
  for (int look = 1;; ++look) {
    struct stat after;
    if (fstat(fd, &after) != 0) return SystemError(name, "read", errno);
    if (IsUnchanged(before, after)) return bytes;
    if (look == kLooks) return Changed(name);
    usleep(kMoment);
  }
}

Result<Bytes> ReadDescriptor(int fd, const std::string& name, const Limit& limit) {
  struct stat status;
  if (fstat(fd, &status) != 0) return SystemError(name, "read", errno);
  if (S_ISDIR(status.st_mode)) return BadInput(name + ": is a folder; name the file in it, such as its __model__");
  if (S_ISREG(status.st_mode)) return ReadRegular(fd, name, status, limit);
  return ReadStream(fd, name, limit);
}

}  // namespace

Bytes Bytes::Copy(std::string_view text) {
  Buffer buffer = Allocate(text.size());
  if (!text.empty()) std::memcpy(buffer.get(), text.data(), text.size());
  return Bytes(std::move(buffer), text.size());
}

Bytes Bytes::Take(std::string text) {
  Bytes bytes;
  bytes.text_ = std::make_unique<std::string>(std::move(text));
  return bytes;
}

Result<Bytes> ReadInput(const std::string& path, uint64_t max_bytes, std::string_view limit_option) {
  const Limit limit = {max_bytes, limit_option};
  if (path == "-") return ReadDescriptor(STDIN_FILENO, "standard input", limit);
  const std::string name = Quote(path);
  const Descriptor file = OpenDescriptor(path, O_RDONLY | O_NOCTTY);
  if (!file.valid()) return SystemError(name, "open", errno);
  return ReadDescriptor(file.get(), name, limit);
}

}  // namespace pdquant
