#include "check/check.h"

#include <string>
#include <utility>

#include "check/rules.h"

namespace pdquant {
namespace {

void CheckVersion(const Program& program, Findings* findings) {
  if (!program.has_version()) {
    findings->Note(
        "no-version", {}, "the program doesn't say which Paddle wrote it",
        "neither does what Paddle clones with for_test, or wrote before 1.0; if the end was cut off, export it "
        "again");
  } else if (program.version() > kNewestPaddle) {
    findings->Warning("newer-version", {},
                      "the program is of version " + std::to_string(program.version()) +
                          ", newer than Paddle 2.6.2, the newest known here",
                      "what is not known here is left as it is");
  }
}

}  // namespace

Place PlaceOfOp(const Index& index, OpId op, std::string part, std::string_view variable) {
  const size_t block = index.program().BlockOfOp(op);
  Place place;
  place.block = static_cast<int32_t>(block);
  place.op = op - index.program().block(block).first_op;
  place.op_type = index.type(op);
  place.part = std::move(part);
  place.variable = variable;
  return place;
}

bool CheckProgram(const Index& index, Findings* findings) {
  CheckVersion(index.program(), findings);
  const bool sound_blocks = CheckBlocks(index, findings) && CheckVisibleBlocks(index, findings);
  const bool sound_sub_blocks = CheckSubBlocks(index, findings);
  CheckVariables(index, findings);
  if (!sound_blocks) return false;
  CheckOps(index, sound_sub_blocks, findings);
  CheckQuantization(index, findings);
  return sound_sub_blocks;
}

}  // namespace pdquant
