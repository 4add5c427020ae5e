// Random bytes become a training program: always the same one, and always well formed.
//
// It has what the rewrites have to cope with: nested bodies of while, conditional_block and recurrent, with gradient
// blocks that the gradient ops run or that nothing runs; weights that several blocks share, that an op in float reads
// as well, that optimizers and forward ops overwrite; activations that are overwritten in place, in bodies and behind
// their last reader; gradients of gradients; several backwards. No more than some ten blocks and some sixty ops.
//
// For the interpreter (support/interpreter.h) each control op has the attribute kRuns: how often it runs its body.
#ifndef PDQUANT_TESTS_SUPPORT_RANDOM_PROGRAM_H_
#define PDQUANT_TESTS_SUPPORT_RANDOM_PROGRAM_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "pdquant/framework.pb.h"

namespace pdquant::testing {

inline constexpr char kRuns[] = "runs";

// Any bytes will do; where they end, zeros follow.
proto::ProgramDesc RandomProgram(std::string_view bytes);

// Bytes that a number decides.
std::string RandomBytes(uint32_t seed, size_t size);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_RANDOM_PROGRAM_H_
