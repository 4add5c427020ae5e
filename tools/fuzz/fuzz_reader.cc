// Any bytes: the wire scan accepts what protobuf's parser accepts, and the views and the index read the same from it.
#include <string>
#include <string_view>

#include "check/check.h"
#include "fuzz_target.h"
#include "ir/index.h"
#include "ir/program.h"
#include "pdquant/framework.pb.h"
#include "program_mutator.h"
#include "support/view_compare.h"

namespace pdquant::fuzz {
namespace {

bool HasCode(const Findings& findings, std::string_view code) {
  for (const Finding& finding : findings.all()) {
    if (finding.code == code) return true;
  }
  return false;
}

void TestOneInput(std::string_view bytes) {
  proto::ProgramDesc message;
  const bool accepted = message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()));
  Findings findings;
  const Result<ScanCounts> counts = ScanProgram(bytes, ScanLimits(), &findings);
  if (counts.ok() != accepted)
    Die(accepted ? "refused: " + counts.status().message() : "accepted what protobuf refuses");
  if (!accepted) return;
  if (!message.IsInitialized() && !HasCode(findings, "missing-field"))
    Die("not found missing: " + message.InitializationErrorString());
  Findings more;
  const Result<Program> program = Program::Parse(Bytes::Copy(bytes), ScanLimits(), &more);
  if (program.ok() != (message.blocks_size() != 0)) Die("a program without a block");
  if (!program.ok()) return;
  const Index index(*program);
  const std::string difference = testing::DifferenceFromProtobuf(*program, index, message);
  if (!difference.empty()) Die(difference);
  CheckProgram(index, &more);
  for (const Finding& finding : more.all()) ToString(finding.place);
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Bytes are changed mostly; at times the message is, if they are one.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  std::string program(reinterpret_cast<const char*>(data), size);
  if (seed % 4 != 0 || !pdquant::fuzz::MutateProgram(seed, &program)) return LLVMFuzzerMutate(data, size, max_size);
  return pdquant::fuzz::HandBack(program, data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
