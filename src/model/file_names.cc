#include "model/file_names.h"

#include <limits.h>

#include <map>
#include <unordered_set>
#include <utility>

#include "base/escape.h"
#include "files/path.h"
#include "files/temporary.h"

namespace pdquant {
namespace {

constexpr std::string_view kPendingSuffix = ".pdquant-pending";
constexpr size_t kLongestPath = PATH_MAX - 512;  // the folder's own path comes before it

void AddError(const std::string& name, std::string why, Findings* findings) {
  Place place;
  place.variable = name;
  findings->Error("parameter-name", std::move(place), "can't be a file: " + std::move(why));
}

// Small letters for the letters of ASCII.
std::string Fold(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

// What is wrong with a name by itself; empty for nothing.
std::string FaultOf(const std::string& name, std::string_view program) {
  if (!IsPlainPath(name)) return "the name leads out of the folder, or has an empty part";
  if (name.size() > kLongestPath) return "the name is too long";
  const std::vector<std::string> parts = SplitPath(name);
  if (parts.front() == program) return "the program's file has that name";
  for (const std::string& part : parts) {
    if (part.size() > NAME_MAX) return "the name is too long";
    if (ParseTemporaryName(part) || part.ends_with(kPendingSuffix)) return "pdquant uses such names for its own files";
  }
  return "";
}

// The name of another file that would have to be a folder for this one; empty for none.
std::string_view FileInTheWay(std::string_view name, const std::unordered_set<std::string_view>& names) {
  for (size_t slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) {
    if (names.contains(name.substr(0, slash))) return name.substr(0, slash);
  }
  return "";
}

}  // namespace

void CheckFileNames(const std::vector<std::string>& names, std::string_view program, Findings* findings) {
  const std::unordered_set<std::string_view> all(names.begin(), names.end());
  std::map<std::string, const std::string*> folded;
  for (const std::string& name : names) {
    const std::string fault = FaultOf(name, program);
    if (!fault.empty()) {
      AddError(name, fault, findings);
      continue;
    }
    const std::string_view in_the_way = FileInTheWay(name, all);
    if (!in_the_way.empty()) AddError(name, "the variable " + Quote(in_the_way) + " is a file, not a folder", findings);
    const auto [other, is_new] = folded.emplace(Fold(name), &name);
    if (is_new) continue;
    Place place;
    place.variable = name;
    findings->Warning("parameter-case", std::move(place),
                      "differs from " + Quote(*other->second) +
                          " in case alone: on a file system that doesn't tell case they are one file");
  }
}

}  // namespace pdquant
