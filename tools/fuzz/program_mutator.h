// Small changes to a program that leave it well-formed protobuf: where flipped bits end at the reader, these get
// deeper.
#ifndef PDQUANT_TOOLS_FUZZ_PROGRAM_MUTATOR_H_
#define PDQUANT_TOOLS_FUZZ_PROGRAM_MUTATOR_H_

#include <cstdint>
#include <string>

#include "pdquant/framework.pb.h"

namespace pdquant::fuzz {

// One to four changes: ops, slots, arguments, attributes, variables and blocks that are removed, doubled, moved or
// altered.
void MutateProgram(uint32_t seed, proto::ProgramDesc* program);

// The same of a program's bytes. False, without a change, where they are no message.
bool MutateProgram(uint32_t seed, std::string* program);

}  // namespace pdquant::fuzz

#endif  // PDQUANT_TOOLS_FUZZ_PROGRAM_MUTATOR_H_
