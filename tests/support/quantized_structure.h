// What a transpiled program has to look like, checked on messages, apart from the code that makes it.
#ifndef PDQUANT_TESTS_SUPPORT_QUANTIZED_STRUCTURE_H_
#define PDQUANT_TESTS_SUPPORT_QUANTIZED_STRUCTURE_H_

#include <string>
#include <vector>

#include "pdquant/framework.pb.h"

namespace pdquant::testing {

// Each FP32 operand of a quantizable op, forward or backward, in any block, that no dequantize op of a block that it
// sees wrote.
std::vector<std::string> FloatOperands(const proto::ProgramDesc& program);

// What the executor would lose or not find: a made variable that a body reads from outside and that a control op on the
// way doesn't name; a gradient op of a control op that lists other variables than it, or not as many gradients.
std::vector<std::string> ListProblems(const proto::ProgramDesc& program);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_QUANTIZED_STRUCTURE_H_
