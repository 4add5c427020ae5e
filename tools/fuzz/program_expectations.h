// Programs of a fuzz target: which are read, and what has to hold of one that was written.
#ifndef PDQUANT_TOOLS_FUZZ_PROGRAM_EXPECTATIONS_H_
#define PDQUANT_TOOLS_FUZZ_PROGRAM_EXPECTATIONS_H_

#include <optional>
#include <string>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"

namespace pdquant::fuzz {

// Nothing where the program is refused.
std::optional<Program> Load(const std::string& bytes);

// Dies where an input isn't refused as a bad one, or nothing says why.
void ExpectRefusal(const Status& status, const Findings& findings);

// Dies of a program that breaks a rule, or that protobuf doesn't read.
void ExpectWellFormed(const std::string& bytes);

}  // namespace pdquant::fuzz

#endif  // PDQUANT_TOOLS_FUZZ_PROGRAM_EXPECTATIONS_H_
