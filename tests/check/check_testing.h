// What the wire scan and the check say of a program.
#ifndef PDQUANT_TESTS_CHECK_CHECK_TESTING_H_
#define PDQUANT_TESTS_CHECK_CHECK_TESTING_H_

#include <string>
#include <string_view>
#include <vector>

#include "check/check.h"
#include "ir/index.h"
#include "support/programs.h"

namespace pdquant::testing {

inline Findings Check(std::string_view bytes) {
  Findings findings;
  const Program program = Load(bytes, &findings);
  CheckProgram(Index(program), &findings);
  return findings;
}

inline Findings Check(const proto::ProgramDesc& message) { return Check(message.SerializePartialAsString()); }

// The codes of the errors and warnings, in their order.
inline std::vector<std::string_view> Codes(const Findings& findings) {
  std::vector<std::string_view> codes;
  for (const Finding& finding : findings.all()) codes.push_back(finding.code);
  return codes;
}

// Of an input that may also be refused on loading.
inline bool IsWellFormed(std::string_view bytes) {
  Findings findings;
  const Result<Program> program = Program::Parse(Bytes::Copy(bytes), ScanLimits(), &findings);
  if (!program.ok()) return false;
  CheckProgram(Index(*program), &findings);
  return !findings.has_errors();
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_CHECK_CHECK_TESTING_H_
