#include "files/toml_file.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "base/escape.h"
#include "files/input.h"

namespace pdquant {
namespace {

Status ErrorAt(const std::string& path, const toml::source_region& source, const std::string& text) {
  return UsageError(Escape(path) + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column) +
                    ": " + text);
}

// Each part of a dotted key is a table in a table, and toml++ frees them by recursion.
constexpr size_t kMostKeyParts = 20;

// Finds keys of more parts, as far as a look at the characters tells: dots with nothing but names between them.
class LongKeys {
 public:
  explicit LongKeys(std::string_view text) : text_(text) {}

  // Where the first one is; nothing where there is none.
  std::optional<toml::source_position> Find() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '.' && ++dots_ >= kMostKeyParts) return Position();
      if (c == '"' || c == '\'') {
        SkipString(c);
        continue;
      }
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      const bool in_key =
          c == '.' || c == ' ' || c == '\t' || c == '-' || c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
      if (!in_key) dots_ = 0;
      ++at_;
    }
    return std::nullopt;
  }

 private:
  void SkipString(char quote) {
    const std::string_view delimiter =
        text_.substr(at_, 3) == std::string(3, quote) ? text_.substr(at_, 3) : text_.substr(at_, 1);
    for (at_ += delimiter.size(); at_ < text_.size(); ++at_) {
      if (text_.substr(at_, delimiter.size()) == delimiter) {
        at_ += delimiter.size();
        return;
      }
      if (text_[at_] == '\n' && delimiter.size() == 1) return;
      if (text_[at_] == '\\' && quote == '"') ++at_;
    }
  }

  toml::source_position Position() const {
    const std::string_view before = text_.substr(0, at_);
    const size_t line = before.rfind('\n') + 1;  // 0 where there is none
    return {static_cast<toml::source_index>(std::count(before.begin(), before.end(), '\n') + 1),
            static_cast<toml::source_index>(at_ - line + 1)};
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t dots_ = 0;
};

}  // namespace

TomlFile::TomlFile(std::string path, toml::table table) : path_(std::move(path)), table_(std::move(table)) {}

Result<TomlFile> TomlFile::Parse(std::string path, std::string_view text) {
  if (const auto position = LongKeys(text).Find()) {
    return ErrorAt(path, {*position, *position, nullptr},
                   "a key has more than " + std::to_string(kMostKeyParts) + " parts");
  }
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) return ErrorAt(path, parsed.error().source(), Printable(parsed.error().description()));
  return TomlFile(std::move(path), std::move(parsed).table());
}

Result<TomlFile> TomlFile::Read(std::string_view option, const std::string& path) {
  const Result<Bytes> bytes = ReadInput(path, kMaxBytes, "");
  if (bytes.ok()) {
    // What some editors and shells of Windows write; TOML is UTF-8.
    if (bytes->view().starts_with("\xff\xfe") || bytes->view().starts_with("\xfe\xff"))
      return UsageError(Quote(path) + ": the file is UTF-16; save it as UTF-8");
    return Parse(path, bytes->view());
  }
  // A folder, or something endless, is the wrong file.
  const bool wrong = bytes.status().code() == StatusCode::kBadInput;
  return wrong ? UsageError(std::string(option) + ": " + bytes.status().message()) : bytes.status();
}

Status TomlFile::Error(const toml::source_region& source, const std::string& text) const {
  return ErrorAt(path_, source, text);
}

}  // namespace pdquant
