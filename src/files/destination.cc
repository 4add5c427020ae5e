#include "files/destination.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/escape.h"
#include "files/descriptor.h"
#include "files/output.h"

namespace pdquant {
namespace {

constexpr int kMostLinks = 40;  // as in Linux

// N of /dev/fd/N and its other names. Such a file is not opened again but written where it is open: it may be a socket,
// which can't be opened, or a file of which others write other parts.
std::optional<int> DescriptorOf(std::string_view path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view digits = path.substr(folder.size());
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size() && number >= 0) return number;
  }
  return std::nullopt;
}

}  // namespace

std::string Destination::Quoted() const { return path == "-" ? "standard output" : Quote(path); }

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string OpenableFolder(const std::string& path) {
  const std::string folder = FolderOf(path);
  return folder.empty() ? "." : folder;
}

std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<std::string> FollowLinks(const std::string& path) {
  std::string at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (DescriptorOf(at)) return at;
    std::array<char, PATH_MAX> target;
    const ssize_t length = Retry([&] { return readlink(at.c_str(), target.data(), target.size()); });
    if (length < 0) return at;
    std::string next(target.data(), static_cast<size_t>(length));
    at = next.starts_with('/') ? next : FolderOf(at) + next;
  }
  return SystemError(Quote(path), "follow", ELOOP);
}

Result<Destination> ResolveDestination(const std::string& path) {
  const auto failed = [&](int error) { return SystemError(Quote(path), "write", error); };
  if (path.empty() || path.find('\0') != std::string::npos) return failed(ENOENT);
  // What exists and is no regular file is taken under its own name: the links of /proc/PID/fd can't be followed by
  // text.
  Destination destination;
  destination.path = path;
  if (!DescriptorOf(path)) {
    destination.exists = stat(path.c_str(), &destination.status) == 0;
    if (!destination.exists && errno != ENOENT) return failed(errno);
    if (destination.exists && S_ISDIR(destination.status.st_mode)) {
      return IoError(Quote(path) + ": is a folder; name a file");
    }
  }
  Result<std::string> followed = FollowLinks(path);
  if (!followed.ok()) return followed.status();
  if (const std::optional<int> descriptor = DescriptorOf(*followed)) {
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

bool IsSameFile(const std::string& a, const std::string& b) {
  struct stat status_a;
  struct stat status_b;
  if (stat(a.c_str(), &status_a) != 0 || stat(b.c_str(), &status_b) != 0) return false;
  return status_a.st_dev == status_b.st_dev && status_a.st_ino == status_b.st_ino;
}

}  // namespace pdquant
