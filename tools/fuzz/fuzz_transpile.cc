// Load, check, transpile: what comes out of a program that was accepted is a well-formed program, which protobuf reads,
// and which is not transpiled a second time.
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "fuzz_target.h"
#include "program_expectations.h"
#include "program_mutator.h"
#include "quantize/pipeline.h"
#include "quantize/transpile/transpile_pass.h"
#include "support/random_program.h"
#include "transpile_input.h"

namespace pdquant::fuzz {
namespace {

struct Rewritten {
  std::string main;
  std::string startup;
  bool has_pairs = false;
};

std::string Flatten(const Result<Rope>& rope) {
  if (!rope.ok()) Die("the edits can't be applied: " + rope.status().message());
  return rope->Flatten();
}

// Nothing where the programs are refused.
std::optional<Rewritten> Transpile(const std::string& main_bytes, const std::string* startup_bytes,
                                   const TranspileOptions& options) {
  std::optional<Program> main = Load(main_bytes);
  std::optional<Program> startup = startup_bytes != nullptr ? Load(*startup_bytes) : std::nullopt;
  if (!main || (startup_bytes != nullptr && !startup)) return std::nullopt;
  Findings findings;
  Findings startup_findings;
  Pipeline pipeline(std::move(*main), std::move(startup), &findings, &startup_findings);
  TranspilePass pass(options);
  const std::array<Pass*, 1> passes = {&pass};
  const Status outcome = pipeline.Run(passes);
  if (!outcome.ok()) {
    ExpectRefusal(outcome, findings);
    if (!findings.has_errors() && !startup_findings.has_errors())
      Die("refused without a finding: " + outcome.message());
    return std::nullopt;
  }
  if (pipeline.main_changed() != pass.report().changed()) Die("unchanged, with edits; or changed, without");
  Rewritten result{Flatten(pipeline.Main()), startup_bytes != nullptr ? Flatten(pipeline.Startup()) : "",
                   !pass.report().pairs.empty()};
  if (!pipeline.main_changed() && result.main != main_bytes) Die("unchanged, but other bytes");
  return result;
}

void TestOneInput(std::string_view bytes) {
  const std::optional<TranspileInput> input = TranspileInput::Decode(bytes);
  if (!input) return;
  const TranspileOptions options = input->Options();
  const std::string* startup = input->has_startup() ? &input->startup : nullptr;
  const std::optional<Rewritten> result = Transpile(input->main, startup, options);
  if (!result) return;
  ExpectWellFormed(result->main);
  if (startup != nullptr) ExpectWellFormed(result->startup);
  if (result->has_pairs && Transpile(result->main, nullptr, options)) Die("transpiled twice");
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  std::optional<pdquant::fuzz::TranspileInput> input =
      pdquant::fuzz::TranspileInput::Decode({reinterpret_cast<const char*>(data), size});
  if (!input || seed % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  if (seed % 16 == 1) {
    input->options[seed / 16 % input->options.size()] = static_cast<char>(seed / 128);
  } else if (seed % 256 == 3) {  // a well-formed program with control flow, to start from
    input->main = pdquant::testing::RandomProgram(pdquant::testing::RandomBytes(seed, 400)).SerializeAsString();
  } else {
    std::string* bytes = seed % 16 == 2 ? &input->startup : &input->main;
    if (!pdquant::fuzz::MutateProgram(seed, bytes)) return LLVMFuzzerMutate(data, size, max_size);
  }
  return pdquant::fuzz::HandBack(input->Encode(), data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
