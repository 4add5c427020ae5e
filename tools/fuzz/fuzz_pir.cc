// The reader of PIR JSON and import on any bytes: what is imported is a program that is well formed, and what isn't was
// refused with a reason.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_target.h"
#include "pir/import/import.h"
#include "pir/reader.h"
#include "program_expectations.h"

namespace pdquant::fuzz {
namespace {

void TestOneInput(std::string_view input) {
  Findings findings;
  Result<pir::Program> program = pir::ReadProgram(input, {1000}, &findings);
  if (!program.ok()) {
    if (program.status().message().empty()) Die("refused without a reason");
    return;
  }
  pir::CheckStructure(&*program, &findings);
  pir::ImportOptions options;
  options.allow_unverified = input.size() % 2 == 0;
  options.target = input.size() % 4 < 2 ? pir::ImportTarget::kPaddle26 : pir::ImportTarget::kLite;
  const Result<pir::Imported> imported = pir::Import(*program, options, &findings);
  if (imported.ok() == findings.has_errors())
    Die("imported with findings, or refused without: " + imported.status().message());
  if (imported.ok()) ExpectWellFormed(imported->bytes);
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
