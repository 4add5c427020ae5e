#include "base/escape.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace pdquant {
namespace {

constexpr size_t kLongest = 200;

// Decodes one UTF-8 character (RFC 3629) at the front of `text`; returns its length, or 0 if the bytes are no UTF-8.
size_t DecodeUtf8(std::string_view text, uint32_t* code_point) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  size_t length = 0;
  if (lead < 0x80) {
    length = 1;
  } else if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if ((lead & 0xF0U) == 0xE0) {
    length = 3;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
  }
  if (length == 0 || length > text.size()) return 0;
  constexpr std::array<uint32_t, 5> kLeadMask = {0, 0x7F, 0x1F, 0x0F, 0x07};
  uint32_t value = lead & kLeadMask[length];
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    value = value << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[length] || value > 0x10FFFF || surrogate) return 0;
  *code_point = value;
  return length;
}

// Control characters, and characters without a glyph of their own: soft hyphen, zero-width, bidirectional marks,
// separators of lines and paragraphs, byte order mark, tags, private use, non-characters.
bool IsHidden(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         (c >= 0xE000 && c <= 0xF8FF) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) || (c & 0xFFFEU) == 0xFFFE ||
         c >= 0xE0000;
}

void AppendFormatted(const char* format, uint32_t value, std::string* out) {
  std::array<char, 16> buffer;
  const int n = std::snprintf(buffer.data(), buffer.size(), format, value);
  out->append(buffer.data(), static_cast<size_t>(n));
}

void AppendEscaped(std::string_view text, std::string* out) {
  while (!text.empty()) {
    uint32_t c = 0;
    const size_t length = DecodeUtf8(text, &c);
    if (length == 0) {
      AppendFormatted("\\x%02x", static_cast<uint8_t>(text[0]), out);
    } else if (c == '\n') {
      *out += "\\n";
    } else if (c == '\r') {
      *out += "\\r";
    } else if (c == '\t') {
      *out += "\\t";
    } else if (c == '\\' || c == '\'') {
      *out += '\\';
      *out += static_cast<char>(c);
    } else if (IsHidden(c)) {
      AppendFormatted(c < 0x80 ? "\\x%02x" : "\\u{%x}", c, out);
    } else {
      out->append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace

std::string Escape(std::string_view name) {
  std::string out;
  if (name.size() <= kLongest) {
    AppendEscaped(name, &out);
    return out;
  }
  constexpr size_t kKept = kLongest / 2;
  AppendEscaped(name.substr(0, kKept), &out);
  out += "[... " + std::to_string(name.size() - 2 * kKept) + " bytes ...]";
  AppendEscaped(name.substr(name.size() - kKept), &out);
  return out;
}

std::string EscapeWhole(std::string_view name) {
  std::string out;
  AppendEscaped(name, &out);
  return out;
}

bool IsUtf8(std::string_view text) {
  uint32_t ignored = 0;
  while (!text.empty()) {
    const size_t length = DecodeUtf8(text, &ignored);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string Quote(std::string_view name) { return "'" + Escape(name) + "'"; }

std::string NameOfInput(std::string_view path) { return path == "-" ? "standard input" : Quote(path); }

std::string Printable(std::string_view message) {
  std::string text;
  for (size_t end = 0; end != std::string_view::npos; message.remove_prefix(std::min(end, message.size()))) {
    end = message.find_first_of("'\\");
    text += Escape(message.substr(0, end));
    if (end != std::string_view::npos) text += message[end++];
  }
  return text;
}

}  // namespace pdquant
