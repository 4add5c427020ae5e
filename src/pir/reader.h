// Reading a program in its PIR form, and whether it is sound, whatever its ops are.
#ifndef PDQUANT_PIR_READER_H_
#define PDQUANT_PIR_READER_H_

#include <cstdint>
#include <string_view>

#include "base/finding.h"
#include "base/status.h"
#include "pir/program.h"

namespace pdquant::pir {

struct ReadLimits {
  uint64_t max_ops = 2'000'000;
};

// How deep arrays and objects may lie inside one another.
inline constexpr size_t kMaxJsonDepth = 256;

// Reads the JSON text of a program. The reader is strict: no key may come twice, none may be unknown, an integer is no
// float, and text is UTF-8. What is wrong with one op is a finding, and the op is marked (Op::is_damaged), so that all
// of it is told in one run. Ids of values are not looked at (CheckStructure). Errors: kBadInput where the text is no
// JSON (with the byte), where it isn't built as a program of PIR is, and over a limit. Linear.
Result<Program> ReadProgram(std::string_view text, const ReadLimits& limits, Findings* findings);

// Where an op stands, for messages.
Place PlaceOf(const Program& program, OpId op);

// Finds the value of each operand (Operand::value), and adds a finding for each rule that is broken, all in one run:
// ids that are 0 or negative, come twice, are used before their value is made or where it isn't visible; regions and
// blocks that an op must or mustn't have; yields; lists; names of parameters and inputs; columns of outputs. Linear.
void CheckStructure(Program* program, Findings* findings);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_READER_H_
