#include "files/pending_list.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/number_text.h"
#include "files/path.h"
#include "files/temporary.h"

namespace pdquant {
namespace {

constexpr std::string_view kHeader = "pdquant-pending 1\n";

// Paths may hold newlines; a space ends a field.
std::string EncodePath(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte > 0x20 && byte != 0x7F && byte != '%') {
      out += c;
      continue;
    }
    out += '%';
    out += HexDigits(byte, 2);
  }
  return out;
}

bool DecodePath(std::string_view text, std::string* path) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      *path += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + digits.size() || byte == 0) return false;
    *path += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

std::string LastLine(std::string_view before, size_t count) {
  return "end " + std::to_string(count) + " " + HexDigits(Fingerprint(before), 16) + "\n";
}

// "ID PATH".
bool DecodeLine(std::string_view line, PendingRename* rename) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !IsTemporaryId(line.substr(0, space))) return false;
  rename->id = line.substr(0, space);
  if (!DecodePath(line.substr(space + 1), &rename->destination) || rename->destination.starts_with('/')) return false;
  const std::string name = NameOf(rename->destination);
  return !name.empty() && name != "." && name != "..";
}

}  // namespace

std::string EncodePending(const std::vector<PendingRename>& renames) {
  std::string text(kHeader);
  for (const PendingRename& rename : renames) text += rename.id + " " + EncodePath(rename.destination) + "\n";
  return text + LastLine(text, renames.size());
}

PendingText DecodePending(std::string_view text, std::vector<PendingRename>* renames) {
  text = text.substr(0, text.find('\0'));  // after a power cut zeros may stand where contents were to come
  if (kHeader.starts_with(text)) return PendingText::kTorn;
  if (!text.starts_with(kHeader)) return PendingText::kForeign;
  const size_t last = text.rfind('\n', text.size() - 2) + 1;
  std::string_view lines = text.substr(kHeader.size(), last - kHeader.size());
  const auto count = static_cast<size_t>(std::count(lines.begin(), lines.end(), '\n'));
  if (text.substr(last) != LastLine(text.substr(0, last), count)) return PendingText::kTorn;
  std::vector<PendingRename> found(count);
  for (PendingRename& rename : found) {
    const size_t end = lines.find('\n');
    if (!DecodeLine(lines.substr(0, end), &rename)) return PendingText::kForeign;
    lines.remove_prefix(end + 1);
  }
  *renames = std::move(found);
  return PendingText::kComplete;
}

}  // namespace pdquant
