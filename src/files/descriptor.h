// File descriptors: owning them, and the system calls that need a loop.
#ifndef PDQUANT_FILES_DESCRIPTOR_H_
#define PDQUANT_FILES_DESCRIPTOR_H_

#include <sys/types.h>

#include <cerrno>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace pdquant {

// Owns a file descriptor, or none (-1). Closing keeps errno; its error is of no use after a flush and is dropped.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  void Close();
  // Gives it away.
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// Calls until it isn't interrupted by a signal.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// Calls what opens a file, close-on-exec. The result is never 0, 1 or 2, should these be closed: what is meant for
// standard output must not get into a file. At the limit of open files the limit is raised as far as the system allows.
// On failure invalid, with errno.
Descriptor OpenWith(const std::function<int()>& call);
// The same for open(2).
Descriptor OpenDescriptor(const std::string& path, int flags, mode_t mode = 0);

// A file without a name in a folder, for reading and writing; it goes when it is closed. Invalid, with errno, where
// none can be made.
Descriptor OpenUnnamedFile(const std::string& folder);

// Waits until a non-blocking `fd` is ready for `events` of poll(2).
void AwaitReady(int fd, short events);

// read(2), until it isn't interrupted and, of a non-blocking `fd`, something is there: -1 with errno, 0 at the end.
ssize_t ReadSome(int fd, char* data, size_t size);

// The functions below return 0 or the errno.

// Writes the concatenation of `pieces`.
int WriteAll(int fd, std::span<const std::string_view> pieces);
// Flushes a file to the disk.
int FlushFile(int fd);
// Takes the lock of the open file without waiting; EWOULDBLOCK where another holds it.
int TryLock(int fd);
int Rename(const std::string& from, const std::string& to);
int Unlink(const std::string& path);

// kIo: "NAME: can't ACTION: No such file or directory". `name` is quoted already.
Status SystemError(std::string_view name, std::string_view action, int error);

}  // namespace pdquant

#endif  // PDQUANT_FILES_DESCRIPTOR_H_
