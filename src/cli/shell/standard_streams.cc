#include "cli/shell/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "files/output.h"

namespace pdquant {
namespace {

// The lowest free number is `fd`, as all below it are taken.
void TakeIfClosed(int fd, int flags) {
  if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) open("/dev/null", flags);
}

}  // namespace

void OpenStandardStreams() {
  TakeIfClosed(STDIN_FILENO, O_WRONLY);   // reading fails with EBADF, as if it were closed
  TakeIfClosed(STDOUT_FILENO, O_RDONLY);  // writing does
  TakeIfClosed(STDERR_FILENO, O_RDWR);
}

bool IsStandardOutput(const std::string& path) {
  struct stat named = {};
  struct stat stream = {};
  struct stat null = {};
  if (stat(path.c_str(), &named) != 0 || fstat(STDOUT_FILENO, &stream) != 0) return false;
  const auto is_same = [](const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  };
  return is_same(named, stream) && (stat("/dev/null", &null) != 0 || !is_same(named, null));
}

StandardOutputSink::StandardOutputSink()
    : sink_([this](std::string_view text) {
        status_ = WriteStandardOutput(text);
        return status_.ok();
      }) {}

void WriteStandardError(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd waiting = {STDERR_FILENO, POLLOUT, 0};
      poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

bool StandardErrorHasColor() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace pdquant
