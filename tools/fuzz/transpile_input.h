// An input of fuzz_transpile: options, a main program, and perhaps a startup program.
#ifndef PDQUANT_TOOLS_FUZZ_TRANSPILE_INPUT_H_
#define PDQUANT_TOOLS_FUZZ_TRANSPILE_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantize/options.h"

namespace pdquant::fuzz {

// The encoding, which make_seeds.py writes, too: 8 bytes of options (weight bits, activation bits, scale type of the
// weights, of the activations, window size, moving rate, for_test, with a startup program), the size of the main
// program (4 bytes, little-endian), the main program, the startup program.
struct TranspileInput {
  static constexpr size_t kOptionBytes = 8;
  static constexpr size_t kHeaderBytes = 12;

  std::string options;  // kOptionBytes
  std::string main;
  std::string startup;

  static std::optional<TranspileInput> Decode(std::string_view bytes);
  std::string Encode() const;

  bool has_startup() const { return (options[7] & 1) != 0; }
  // Valid ones, whatever the bytes.
  TranspileOptions Options() const;
};

}  // namespace pdquant::fuzz

#endif  // PDQUANT_TOOLS_FUZZ_TRANSPILE_INPUT_H_
