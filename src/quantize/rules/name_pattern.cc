#include "quantize/rules/name_pattern.h"

#include <re2/re2.h>

#include <utility>

#include "base/escape.h"

namespace pdquant {
namespace {

// Of one expression, its automaton included: a rules file may hold many.
constexpr int64_t kMostMemory = int64_t{1} << 19U;

constexpr char kAnyText[] = "\\C*";  // any bytes: a name need not be UTF-8

Status BadGlob(size_t at, const std::string& problem) {
  return UsageError("character " + std::to_string(at + 1) + " of the pattern: " + problem);
}

void AddLiteral(char c, std::string* expression) {
  if (c == '\0') {
    *expression += "\\x00";
    return;
  }
  // A backslash in front of any punctuation means that character; bytes above 0x7F stand for themselves.
  const auto byte = static_cast<unsigned char>(c);
  const bool plain = byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= 'a' && byte <= 'z') || byte == '_';
  if (!plain) *expression += '\\';
  *expression += c;
}

// A glob as a regular expression, and its sketch.
class GlobReader {
 public:
  explicit GlobReader(std::string_view glob) : glob_(glob) {}

  Status Read() {
    if (glob_.empty()) return UsageError("the pattern is empty");
    while (at_ < glob_.size()) {
      if (Status status = ReadOne(); !status.ok()) return status;
    }
    return {};
  }

  std::string expression;
  std::string sketch;

 private:
  Status ReadOne() {
    const char c = glob_[at_];
    if (c == '[') return ReadClass();
    ++at_;
    if (c == '*') {
      if (sketch.ends_with('*')) return {};
      expression += kAnyText;
      sketch += '*';
    } else if (c == '?') {
      expression += "(?s:.)";
      sketch += '?';
    } else if (c == '\\') {
      if (at_ == glob_.size()) return BadGlob(at_ - 1, "the backslash has nothing behind it");
      Literal(glob_[at_++]);
    } else {
      Literal(c);
    }
    return {};
  }

  void Literal(char c) {
    AddLiteral(c, &expression);
    sketch += c;
  }

  // From "[" to "]"; a "]" that comes first is one of the characters.
  Status ReadClass() {
    const size_t begin = at_++;
    expression += '[';
    if (at_ < glob_.size() && (glob_[at_] == '!' || glob_[at_] == '^')) {
      expression += '^';
      ++at_;
    }
    for (bool first = true; at_ < glob_.size() && (first || glob_[at_] != ']'); first = false) {
      const bool has_next = at_ + 1 < glob_.size();
      if (!first && glob_[at_] == '-' && has_next && glob_[at_ + 1] != ']') {
        expression += '-';  // of a range
        ++at_;
        continue;
      }
      if (glob_[at_] == '\\' && has_next) ++at_;
      AddLiteral(glob_[at_++], &expression);
    }
    if (at_ == glob_.size()) return BadGlob(begin, "'[' has no ']'");
    ++at_;
    expression += ']';
    sketch += '?';
    return {};
  }

  std::string_view glob_;
  size_t at_ = 0;
};

// The plain characters of a regular expression.
std::string SketchOf(std::string_view expression) {
  std::string sketch;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    const bool repeated = i + 1 < expression.size() && (expression[i + 1] == '*' || expression[i + 1] == '+');
    if (c == '\\' && i + 1 < expression.size()) {
      sketch += expression[++i] == 'd' ? '?' : expression[i];
    } else if (repeated) {
      sketch += '*';
      ++i;
    } else if (c == '.') {
      sketch += '?';
    } else if (std::string_view("^$()[]{}|+*?").find(c) == std::string_view::npos) {
      sketch += c;
    }
  }
  return sketch;
}

std::string_view WithoutOuterSlashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

NamePattern::NamePattern(std::string_view text, std::string sketch, std::shared_ptr<const re2::RE2> compiled)
    : text_(text), sketch_(std::move(sketch)), compiled_(std::move(compiled)) {}

Result<NamePattern> NamePattern::Compile(std::string_view text, std::string sketch, const std::string& expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  auto compiled = std::make_shared<const re2::RE2>(expression, options);
  if (!compiled->ok()) return UsageError(Printable(compiled->error()));
  return NamePattern(text, std::move(sketch), std::move(compiled));
}

Result<NamePattern> NamePattern::Glob(std::string_view glob) {
  GlobReader reader(glob);
  if (Status status = reader.Read(); !status.ok()) return status;
  return Compile(glob, std::move(reader.sketch), reader.expression);
}

Result<NamePattern> NamePattern::ScopeGlob(std::string_view glob) {
  GlobReader reader(WithoutOuterSlashes(glob));
  if (Status status = reader.Read(); !status.ok()) return status;
  return Compile(glob, std::move(reader.sketch), "/*" + reader.expression + "(?:/" + kAnyText + ")?");
}

Result<NamePattern> NamePattern::Regex(std::string_view expression) {
  return Compile(expression, SketchOf(expression), std::string(expression));
}

bool NamePattern::Matches(std::string_view name) const {
  return re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()), *compiled_);
}

}  // namespace pdquant
