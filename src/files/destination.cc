#include "files/destination.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/escape.h"
#include "files/path.h"

namespace pdquant {
namespace {

constexpr size_t kChunk = size_t{1} << 20U;

}  // namespace

std::string Destination::Quoted() const { return path == "-" ? "standard output" : Quote(path); }

Result<Destination> ResolveDestination(const std::string& path) {
  const auto failed = [&](int error) { return SystemError(Quote(path), "write", error); };
  if (path.empty() || path.find('\0') != std::string::npos) return failed(ENOENT);
  // What exists and is no regular file is taken under its own name: the links of /proc/PID/fd can't be followed by
  // text.
  Destination destination;
  destination.path = path;
  if (!OpenDescriptorOf(path)) {
    destination.exists = stat(path.c_str(), &destination.status) == 0;
    if (!destination.exists && errno != ENOENT) return failed(errno);
    if (destination.exists && S_ISDIR(destination.status.st_mode)) {
      return IoError(Quote(path) + ": is a folder; name a file");
    }
  }
  Result<std::string> followed = FollowLinks(path);
  if (!followed.ok()) return followed.status();
  if (const std::optional<int> descriptor = OpenDescriptorOf(*followed)) {
    destination.kind = Destination::Kind::kDescriptor;
    destination.descriptor = *descriptor;
  } else if (destination.exists && !S_ISREG(destination.status.st_mode)) {
    destination.kind = Destination::Kind::kThrough;
  } else {
    destination.path = *followed;
    if (NameOf(*followed).empty()) return failed(EISDIR);
  }
  return destination;
}

Status WriteTo(int fd, const std::string& name, std::string_view text) {
  const int error = WriteAll(fd, {&text, 1});
  if (error == 0) return {};
  return error == EPIPE ? Status(StatusCode::kIo, "", error) : SystemError(name, "write", error);
}

Status OutputThrough::OpenFile() {
  std::error_code error;
  const std::string folder = std::filesystem::temp_directory_path(error).string();
  if (error) return SystemError(Quoted(), "find the folder for temporary files of", error.value());
  file_ = OpenUnnamedFile(folder);
  return file_.valid() ? Status() : SystemError(Quote(folder), "create a temporary file in", errno);
}

Status OutputThrough::Write() const {
  if (destination_.kind == Destination::Kind::kDescriptor) return WriteKept(destination_.descriptor);
  const Descriptor opened = OpenDescriptor(destination_.path, O_WRONLY | O_NOCTTY);
  if (!opened.valid()) return SystemError(Quoted(), "open", errno);
  return WriteKept(opened.get());
}

Status OutputThrough::WriteKept(int fd) const {
  if (!file_.valid()) return WriteTo(fd, Quoted(), text_);
  const auto buffer = std::make_unique_for_overwrite<char[]>(kChunk);
  for (off_t at = 0;;) {
    const ssize_t got = Retry([&] { return pread(file_.get(), buffer.get(), kChunk, at); });
    if (got < 0) return SystemError("the temporary file for " + Quoted(), "read", errno);
    if (got == 0) return {};
    if (Status status = WriteTo(fd, Quoted(), {buffer.get(), static_cast<size_t>(got)}); !status.ok()) return status;
    at += got;
  }
}

}  // namespace pdquant
