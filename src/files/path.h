// Paths: their parts, what stands at them, and what a command does with them.
#ifndef PDQUANT_FILES_PATH_H_
#define PDQUANT_FILES_PATH_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace pdquant {

// What a command does with what an option names.
enum class PathRole {
  kNone,    // it is no path
  kInput,   // it is read
  kOutput,  // it is written beside the result
  kResult,  // it says where the command's result goes, or whether it goes anywhere: -o, --in-place, --dry-run
};

// "a/b/" and "c" of "a/b/c"; "" and "c" of "c".
std::string FolderOf(const std::string& path);
std::string NameOf(const std::string& path);
// FolderOf as system calls want it: "." for "".
std::string OpenableFolder(const std::string& path);
// "a/b" of "a/b//"; "/" stays.
std::string WithoutSlashes(std::string path);

// Whether a name is a path of plain components: none is empty, "." or "..", and there is no NUL.
bool IsPlainPath(std::string_view name);
// Its components.
std::vector<std::string> SplitPath(std::string_view path);

enum class FileKind {
  kNothing,  // or what can't be looked at
  kFile,
  kFolder,
  kOther,  // a pipe, a device, a socket
};

// What stands at a path, links followed.
FileKind KindOf(const std::string& path);
// The errno with which that can't be looked at; 0 where something stands there.
int ErrorAt(const std::string& path);
inline bool IsFolder(const std::string& path) { return KindOf(path) == FileKind::kFolder; }
inline bool IsRegularFile(const std::string& path) { return KindOf(path) == FileKind::kFile; }
// Whether two paths lead to one file (by link, or by another name). False where one of them doesn't exist.
bool IsSameFile(const std::string& a, const std::string& b);

// N of "/dev/fd/N" and its other names, such as "-" and "/dev/stdout". Such a file is not opened again but written
// where it is open: it may be a socket, which can't be opened, or a file of which others write other parts.
std::optional<int> OpenDescriptorOf(std::string_view path);
// Follows symbolic links at the end of `path`, also to a file that doesn't exist. A path to an open descriptor is not
// followed. Errors: kIo for a loop. The path itself where it can't be looked up.
Result<std::string> FollowLinks(const std::string& path);
// The absolute path without links; empty where there is none.
std::string RealPath(const std::string& path);

}  // namespace pdquant

#endif  // PDQUANT_FILES_PATH_H_
