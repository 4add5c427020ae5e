// Patterns that names are held against: globs, and regular expressions of RE2. Both take linear time.
#ifndef PDQUANT_QUANTIZE_RULES_NAME_PATTERN_H_
#define PDQUANT_QUANTIZE_RULES_NAME_PATTERN_H_

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace re2 {
class RE2;
}

namespace pdquant {

class NamePattern {
 public:
  // `*` for any text, `?` for one character, `[ab]`, `[a-z]` and `[!ab]` for one of several; a backslash takes away the
  // meaning of what follows. The whole name has to match. Errors: kUsage, with the position in the pattern.
  static Result<NamePattern> Glob(std::string_view glob);
  // A glob of name scopes, which are paths such as "/encoder_1/attention/": it matches a scope and all within it. A
  // slash at either end makes no difference.
  static Result<NamePattern> ScopeGlob(std::string_view glob);
  // A regular expression that the whole name has to match. Errors: kUsage, with RE2's words.
  static Result<NamePattern> Regex(std::string_view expression);

  bool Matches(std::string_view name) const;

  // As it was given.
  const std::string& text() const { return text_; }
  // The pattern without its finer points, for suggestions (base/nearest.h): plain characters, `*` and `?`.
  const std::string& sketch() const { return sketch_; }

 private:
  NamePattern(std::string_view text, std::string sketch, std::shared_ptr<const re2::RE2> compiled);
  static Result<NamePattern> Compile(std::string_view text, std::string sketch, const std::string& expression);

  std::string text_;
  std::string sketch_;
  std::shared_ptr<const re2::RE2> compiled_;  // rules are copied
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_RULES_NAME_PATTERN_H_
