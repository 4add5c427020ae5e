// The reader of PIR JSON and import on any bytes: what is imported is a program that is well formed, and what isn't was
// refused with a reason.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "check/check.h"
#include "ir/index.h"
#include "pir/import/import.h"
#include "pir/reader.h"

namespace pdquant::fuzz {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "fuzz_pir: %s\n", why.c_str());
  std::abort();
}

void ExpectWellFormed(const std::string& bytes) {
  Findings findings;
  const Result<Program> program = Program::Parse(Bytes::Copy(bytes), {}, &findings);
  if (!program.ok()) Die("what was made can't be read: " + program.status().message());
  CheckProgram(Index(*program), &findings);
  for (const Finding& finding : findings.all()) {
    if (finding.level == Level::kError)
      Die("what was made is not well formed: " + ToString(finding.place) + ": " + finding.text);
  }
}

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
