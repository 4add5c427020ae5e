#include "files/output_through.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/escape.h"

namespace pdquant {
namespace {

constexpr size_t kChunk = size_t{1} << 20U;

// Invalid, with errno, where none can be made.
Descriptor MakeUnnamedFile(const std::string& folder) {
  Descriptor file = OpenDescriptor(folder, O_TMPFILE | O_RDWR, 0600);
  if (file.valid() || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)) return file;
  std::string path = folder + "/pdquant-XXXXXX";
  file = OpenWith([&] { return mkostemp(path.data(), O_CLOEXEC); });
  if (file.valid()) Unlink(path);
  return file;
}

}  // namespace

Status WriteTo(int fd, const std::string& name, std::string_view text) {
  const int error = WriteAll(fd, {&text, 1});
  if (error == 0) return {};
  return error == EPIPE ? IoError("") : SystemError(name, "write", error);
}

Status OutputThrough::OpenFile() {
  std::error_code error;
  const std::string folder = std::filesystem::temp_directory_path(error).string();
  if (error) return SystemError(Quoted(), "find the folder for temporary files of", error.value());
  file_ = MakeUnnamedFile(folder);
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
