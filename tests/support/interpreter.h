// Runs a program on numbers, as Paddle's executor does as far as values and scopes go: each step of a body has a scope
// of its own, a gradient block runs in the scopes of its forward steps, backwards, and names mean what the nearest
// scope holds. What an op computes is a hash of its type and of all that it reads. Quantize and dequantize ops pass on
// what they read: so a rewritten program has to compute the very numbers of the program before.
#ifndef PDQUANT_TESTS_SUPPORT_INTERPRETER_H_
#define PDQUANT_TESTS_SUPPORT_INTERPRETER_H_

#include <cstdint>
#include <vector>

#include "pdquant/framework.pb.h"

namespace pdquant::testing {

struct Run {
  std::vector<uint64_t> trace;  // what ops wrote that are neither of the fake family nor counters, in order
  size_t undefined = 0;         // how often a quantize or dequantize op read a variable that held nothing
};

// Some steps, one after the other: what is persistable stays. Control ops run their bodies as the attribute kRuns says
// (support/random_program.h).
Run Interpret(const proto::ProgramDesc& program, int steps);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_INTERPRETER_H_
