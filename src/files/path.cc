#include "files/path.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/escape.h"
#include "base/number_text.h"
#include "base/words.h"
#include "files/descriptor.h"

namespace pdquant {
namespace {

constexpr int kMostLinks = 40;  // as in Linux

}  // namespace

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

bool IsPlainPath(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return false;
  const std::vector<std::string_view> components = Split(name, '/');
  return std::none_of(components.begin(), components.end(),
                      [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

std::vector<std::string> SplitPath(std::string_view path) {
  const std::vector<std::string_view> components = Split(path, '/');
  return {components.begin(), components.end()};
}

int ErrorAt(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 ? 0 : errno;
}

FileKind KindOf(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return FileKind::kNothing;
  if (S_ISDIR(status.st_mode)) return FileKind::kFolder;
  return S_ISREG(status.st_mode) ? FileKind::kFile : FileKind::kOther;
}

bool IsSameFile(const std::string& a, const std::string& b) {
  struct stat status_a;
  struct stat status_b;
  if (stat(a.c_str(), &status_a) != 0 || stat(b.c_str(), &status_b) != 0) return false;
  return status_a.st_dev == status_b.st_dev && status_a.st_ino == status_b.st_ino;
}

std::optional<int> OpenDescriptorOf(std::string_view path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::optional<int> number = ParseNumber<int>(path.substr(folder.size()));
    if (number && *number >= 0) return number;
  }
  return std::nullopt;
}

Result<std::string> FollowLinks(const std::string& path) {
  std::string at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (OpenDescriptorOf(at)) return at;
    std::array<char, PATH_MAX> target;
    const ssize_t length = Retry([&] { return readlink(at.c_str(), target.data(), target.size()); });
    if (length < 0) return at;
    std::string next(target.data(), static_cast<size_t>(length));
    at = next.starts_with('/') ? next : FolderOf(at) + next;
  }
  return SystemError(Quote(path), "follow", ELOOP);
}

std::string RealPath(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  return real == nullptr ? "" : real.get();
}

}  // namespace pdquant
