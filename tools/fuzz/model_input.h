// An input of fuzz_freeze and fuzz_quantize: a program and its parameters.
#ifndef PDQUANT_TOOLS_FUZZ_MODEL_INPUT_H_
#define PDQUANT_TOOLS_FUZZ_MODEL_INPUT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "ir/program.h"
#include "model/parameter_reader.h"

namespace pdquant::fuzz {

// The encoding, which make_seeds.py writes, too: one byte of options, the size of the program (4 bytes, little-endian),
// the program, the parameters of a combined file.
struct ModelInput {
  static constexpr size_t kHeaderBytes = 5;

  uint8_t options = 0;
  std::string program;
  std::string parameters;

  static std::optional<ModelInput> Decode(std::string_view bytes);
  std::string Encode() const;

  // Whether the parameters are made up to fit the program, so that a changed program still gets somewhere.
  bool makes_parameters() const { return (options & 1U) != 0; }
  // Which rewrite comes first.
  unsigned first() const { return options / 2U % 3U; }
};

// Small parameters for a program, of numbers that depend on nothing else.
std::string MakeParameters(const Program& program);

// A file in memory, read as the parameters of a program.
class ParametersInMemory {
 public:
  ParametersInMemory(const std::string& bytes, const Program& program);
  ParametersInMemory(const ParametersInMemory&) = delete;
  ParametersInMemory& operator=(const ParametersInMemory&) = delete;
  ~ParametersInMemory();

  // Null where they were refused.
  ParameterReader* reader() { return reader_.get(); }

 private:
  int file_ = -1;
  std::unique_ptr<ParameterReader> reader_;
};

}  // namespace pdquant::fuzz

#endif  // PDQUANT_TOOLS_FUZZ_MODEL_INPUT_H_
