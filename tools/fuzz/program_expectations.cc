#include "program_expectations.h"

#include <utility>

#include "check/check.h"
#include "fuzz_target.h"
#include "ir/index.h"
#include "pdquant/framework.pb.h"

namespace pdquant::fuzz {
namespace {

std::string Describe(const Findings& findings) {
  std::string out;
  for (const Finding& finding : findings.all()) out += "\n" + ToString(finding.place) + ": " + finding.text;
  return out;
}

}  // namespace

std::optional<Program> Load(const std::string& bytes) {
  Findings findings;
  ScanLimits limits;
  limits.max_ops = 100'000;
  Result<Program> program = Program::Parse(Bytes::Copy(bytes), limits, &findings);
  if (!program.ok() || findings.has_errors()) return std::nullopt;
  return std::move(*program);
}

void ExpectRefusal(const Status& status, const Findings& findings) {
  if (status.code() != StatusCode::kBadInput) Die(status.message() + Describe(findings));
  if (!findings.has_errors() && status.message().empty()) Die("refused without a reason");
}

void ExpectWellFormed(const std::string& bytes) {
  proto::ProgramDesc message;
  if (!message.ParseFromString(bytes)) Die("protobuf can't parse what was made");
  Findings findings;
  const Result<Program> program = Program::Parse(Bytes::Copy(bytes), {}, &findings);
  if (!program.ok()) Die("what was made can't be loaded: " + program.status().message() + Describe(findings));
  CheckProgram(Index(*program), &findings);
  if (findings.has_errors()) Die("what was made is not well formed:" + Describe(findings));
}

}  // namespace pdquant::fuzz
