// A short number that tells texts apart. It is no defence against someone who wants two texts to look the same.
#ifndef PDQUANT_FILES_FINGERPRINT_H_
#define PDQUANT_FILES_FINGERPRINT_H_

#include <cstdint>
#include <string_view>

namespace pdquant {

// FNV-1a, 64 bits.
constexpr uint64_t Fingerprint(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  return hash;
}

}  // namespace pdquant

#endif  // PDQUANT_FILES_FINGERPRINT_H_
