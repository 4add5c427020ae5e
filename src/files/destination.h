// Where the bytes for a path go: what the path of an output leads to.
#ifndef PDQUANT_FILES_DESTINATION_H_
#define PDQUANT_FILES_DESTINATION_H_

#include <sys/stat.h>

#include <string>

#include "base/status.h"

namespace pdquant {

struct Destination {
  enum class Kind {
    kDescriptor,  // is open: standard output, /dev/fd/N
    kThrough,     // exists and is no regular file: opened and written through
    kReplaced,    // a regular file, or nothing yet: replaced by renaming
  };
  Kind kind = Kind::kReplaced;
  std::string path;  // links at its end are followed if it is replaced
  int descriptor = -1;
  bool exists = false;
  struct stat status = {};  // of what exists

  std::string Quoted() const;  // for messages
};

// Errors: kIo, for a folder, a loop of links, or what can't be looked up.
Result<Destination> ResolveDestination(const std::string& path);

// Follows symbolic links at the end of `path`, also to a file that doesn't exist. A path to an open descriptor, such as
// /dev/stdout, is not followed. kIo for a loop; the path itself where it can't be looked up.
Result<std::string> FollowLinks(const std::string& path);

// "a/b/" and "c" of "a/b/c"; "" and "c" of "c".
std::string FolderOf(const std::string& path);
std::string NameOf(const std::string& path);
// FolderOf as system calls want it: "." for "".
std::string OpenableFolder(const std::string& path);
// "a/b" of "a/b//"; "/" stays.
std::string WithoutSlashes(std::string path);

}  // namespace pdquant

#endif  // PDQUANT_FILES_DESTINATION_H_
