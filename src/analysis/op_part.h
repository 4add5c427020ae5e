// Which part of a training program an op belongs to.
#ifndef PDQUANT_ANALYSIS_OP_PART_H_
#define PDQUANT_ANALYSIS_OP_PART_H_

#include "ir/index.h"

namespace pdquant {

enum class OpPart { kForward, kBackward, kOptimizer, kLearningRate };

// By the attribute op_role. An op without one, as Paddle before 1.0 wrote them, is of the backward if it writes a
// gradient, and of the optimizer if it updates a parameter.
OpPart PartOf(const Index& index, OpId op);

// Whether the op updates a parameter: it has the slots Param and ParamOut.
bool UpdatesParameter(const Index& index, OpId op);

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_OP_PART_H_
