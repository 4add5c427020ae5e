#include "report/escape_formats.h"

#include <cstdint>

#include "base/escape.h"
#include "base/number_text.h"

namespace pdquant {
namespace {

// Replaces each character of `characters`, or where `others` says so each one that isn't, by a percent sign and its
// number.
std::string PercentEncode(std::string_view text, std::string_view characters, bool others) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if ((characters.find(c) == std::string_view::npos) != others) {
      out += c;
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return out;
}

}  // namespace

std::string NameText(std::string_view name) {
  const bool utf8 = IsUtf8(name);
  std::string text;
  for (const char c : name) {
    if (c == '\\') {
      text += "\\\\";
    } else if (static_cast<uint8_t>(c) < 0x80 || utf8) {
      text += c;
    } else {
      text += "\\x" + HexDigits(static_cast<uint8_t>(c), 2);
    }
  }
  return text;
}

std::string GithubText(std::string_view text) { return PercentEncode(text, "%\r\n", /*others=*/false); }

std::string GithubProperty(std::string_view value) { return PercentEncode(value, "%\r\n:,", /*others=*/false); }

std::string XmlText(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t plain = 0;  // the length of the text up to what has to be escaped
    while (plain < text.size() && static_cast<uint8_t>(text[plain]) >= 0x20 && static_cast<uint8_t>(text[plain]) < 0x7F)
      ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    size_t other = 0;
    while (other < text.size() &&
           (static_cast<uint8_t>(text[other]) < 0x20 || static_cast<uint8_t>(text[other]) >= 0x7F))
      ++other;
    out += EscapeWhole(text.substr(0, other));
    text.remove_prefix(other);
  }
  return out;
}

std::string UriOfPath(std::string_view path) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  return (path.starts_with('/') ? "file://" : "") + PercentEncode(path, kUnreserved, /*others=*/true);
}

}  // namespace pdquant
