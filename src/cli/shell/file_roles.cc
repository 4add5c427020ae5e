#include "cli/shell/file_roles.h"

#include "base/escape.h"
#include "files/path.h"

namespace pdquant {
namespace {

// A standard stream may be redirected to a file that is named as well.
std::string PathOf(std::string_view path, const char* stream) { return path == "-" ? stream : std::string(path); }

std::string Describe(const FileRole& role) { return std::string(role.option) + " " + Quote(role.path); }

Status CheckPair(const FileRole& input, const FileRole& output) {
  const std::string in = PathOf(input.path, "/dev/stdin");
  const std::string out = PathOf(output.path, "/dev/stdout");
  if (!IsRegularFile(in) || !IsSameFile(in, out)) return {};
  return UsageError(Describe(output) + " is the input " + Describe(input) +
                    "; name another file, or say --in-place to replace the program");
}

Status CheckOutputs(const FileRole& a, const FileRole& b) {
  const std::string first = PathOf(a.path, "/dev/stdout");
  const std::string second = PathOf(b.path, "/dev/stdout");
  const bool one_stream = a.path == "-" && b.path == "-";
  const bool one_file = first == second || IsSameFile(first, second);
  const FileKind kind = KindOf(first);
  const bool special = kind == FileKind::kOther || kind == FileKind::kFolder;
  if (!one_stream && (!one_file || special)) return {};
  return UsageError(Describe(a) + " and " + Describe(b) + " are one file");
}

}  // namespace

Status CheckRoles(std::span<const FileRole> inputs, std::span<const FileRole> outputs) {
  const FileRole* from_stream = nullptr;
  for (const FileRole& input : inputs) {
    if (input.path != "-") continue;
    if (from_stream != nullptr) {
      return UsageError(std::string(from_stream->option) + " and " + std::string(input.option) +
                        " can't both be standard input");
    }
    from_stream = &input;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].path.empty()) continue;
    for (const FileRole& input : inputs) {
      if (input.path.empty()) continue;
      if (Status status = CheckPair(input, outputs[i]); !status.ok()) return status;
    }
    for (const FileRole& other : outputs.first(i)) {
      if (other.path.empty()) continue;
      if (Status status = CheckOutputs(other, outputs[i]); !status.ok()) return status;
    }
  }
  return {};
}

}  // namespace pdquant
