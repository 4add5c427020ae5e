// What every fuzz target links.
#ifndef PDQUANT_TOOLS_FUZZ_FUZZ_TARGET_H_
#define PDQUANT_TOOLS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pdquant::fuzz {

// Says what was expected and doesn't hold, and ends the process: libFuzzer keeps the input.
[[noreturn]] void Die(std::string_view why);

// What a mutator of libFuzzer returns: the size of the new input, or the old one where it doesn't fit.
size_t HandBack(std::string_view input, uint8_t* data, size_t size, size_t max_size);

}  // namespace pdquant::fuzz

#endif  // PDQUANT_TOOLS_FUZZ_FUZZ_TARGET_H_
