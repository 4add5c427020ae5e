// Numbers and their texts, in a way that no locale changes.
#ifndef PDQUANT_BASE_NUMBER_TEXT_H_
#define PDQUANT_BASE_NUMBER_TEXT_H_

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace pdquant {

// The number that all of `text` is; nothing where it is none, or none of that size.
template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// The last `count` hexadecimal digits of a number.
inline std::string HexDigits(uint64_t number, size_t count) {
  std::string digits(count, '0');
  for (size_t i = count; i > 0; number >>= 4U) digits[--i] = "0123456789abcdef"[number & 15U];
  return digits;
}

// FNV-1a, 64 bits: a short number that tells texts apart. It is no defence against someone who wants two texts to look
// the same.
constexpr uint64_t Fingerprint(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  return hash;
}

}  // namespace pdquant

#endif  // PDQUANT_BASE_NUMBER_TEXT_H_
