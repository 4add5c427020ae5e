// Comparing programs as graphs.
#ifndef PDQUANT_TESTS_SUPPORT_PROGRAM_COMPARE_H_
#define PDQUANT_TESTS_SUPPORT_PROGRAM_COMPARE_H_

#include <string>
#include <vector>

#include "pdquant/framework.pb.h"

namespace pdquant::testing {

// The differences, each a line; none where the programs are the same graph. What doesn't count: the order of the
// variables of a block and of the attributes of an op; the attribute op_callstack; whether a flag (is_target,
// persistable, …) that is false, or a forward_block_idx of -1, is written or left out; and, in the attribute
// op_role_var, the suffix
// ".quantized.dequantized", which the reference appends to weights there by mistake. All else counts: blocks, order of
// ops and slots, values and types of attributes, types and shapes of variables, versions, unknown fields.
std::vector<std::string> CompareAsGraphs(const proto::ProgramDesc& expected, const proto::ProgramDesc& actual);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_PROGRAM_COMPARE_H_
