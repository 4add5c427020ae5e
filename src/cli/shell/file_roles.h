// Which files a command reads and which it writes, so that none is destroyed by mistake.
#ifndef PDQUANT_CLI_SHELL_FILE_ROLES_H_
#define PDQUANT_CLI_SHELL_FILE_ROLES_H_

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace pdquant {

struct FileRole {
  std::string_view option;  // "-o", "PROGRAM"
  std::string_view path;    // empty where it isn't given; "-" is a standard stream
};

// Refuses standard input that is read twice, an output that is an input (by link, or by another name), and two outputs
// that are one file. What is no regular file, such as /dev/null, may come more than once. Errors: kUsage.
Status CheckRoles(std::span<const FileRole> inputs, std::span<const FileRole> outputs);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_FILE_ROLES_H_
