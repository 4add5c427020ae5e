#include "diff/ignore.h"

#include <fnmatch.h>

namespace pdquant {

bool IgnoreRules::Covers(std::string_view owner, std::string_view name) const {
  for (const std::string& pattern : patterns_) {
    if (pattern == name) return true;
    if (pattern.find_first_of("*?[.") == std::string::npos) continue;
    const std::string short_name(name);
    const std::string full_name = std::string(owner) + "." + short_name;
    if (fnmatch(pattern.c_str(), short_name.c_str(), 0) == 0) return true;
    if (pattern.find('.') != std::string::npos && fnmatch(pattern.c_str(), full_name.c_str(), 0) == 0) return true;
  }
  return false;
}

}  // namespace pdquant
