#include "files/pending_places.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "files/destination.h"
#include "files/pending.h"

namespace pdquant {
namespace {

// Empty where there is none.
std::string RealPath(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  return real == nullptr ? "" : real.get();
}

bool IsFolder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// In both places of a folder whose real path this is.
void AddFolder(const std::string& real, std::vector<std::string>* places) {
  if (real.empty()) return;
  if (real != "/") places->push_back(real);
  places->push_back(real == "/" ? real : real + "/");
}

}  // namespace

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
    AddFolder(RealPath(path), &places);
    return places;
  }
  const Result<std::string> followed = FollowLinks(WithoutSlashes(path));
  if (!followed.ok()) return places;
  places.push_back(*followed);
  const std::string name = NameOf(*followed);
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0) places.push_back(FolderOf(*followed) + name.substr(0, dot));
  AddFolder(RealPath(OpenableFolder(*followed)), &places);
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

}  // namespace pdquant
