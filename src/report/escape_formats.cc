#include "report/escape_formats.h"

#include <cstdint>

#include "base/escape.h"

namespace pdquant {
namespace {

void AppendHexByte(char c, std::string_view digits, std::string* out) {
  const auto byte = static_cast<uint8_t>(c);
  *out += digits[byte >> 4U];
  *out += digits[byte & 15U];
}

// Replaces each of `characters` by a percent sign and its number.
std::string PercentEncode(std::string_view text, std::string_view characters) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      AppendHexByte(c, "0123456789ABCDEF", &out);
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
      text += "\\x";
      AppendHexByte(c, "0123456789abcdef", &text);
    }
  }
  return text;
}

std::string GithubText(std::string_view text) { return PercentEncode(text, "%\r\n"); }

std::string GithubProperty(std::string_view value) { return PercentEncode(value, "%\r\n:,"); }

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
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += '%';
      AppendHexByte(c, "0123456789ABCDEF", &uri);
    }
  }
  return uri;
}

}  // namespace pdquant
