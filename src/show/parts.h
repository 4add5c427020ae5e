// Which part of a program an op belongs to.
#ifndef PDQUANT_SHOW_PARTS_H_
#define PDQUANT_SHOW_PARTS_H_

#include <cstdint>

#include "ir/index.h"

namespace pdquant {

enum class ProgramPart : uint8_t { kForward, kBackward, kOptimizer };

// By op_role; a gradient op without a role counts as backward. The schedule of the learning rate belongs to the
// optimizer.
ProgramPart PartOfOp(const Index& index, OpId op);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_PARTS_H_
