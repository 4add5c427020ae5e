// What a program says of itself, beside its blocks.
#ifndef PDQUANT_TEXT_PROGRAM_FACTS_H_
#define PDQUANT_TEXT_PROGRAM_FACTS_H_

#include <string>
#include <vector>

#include "ir/program.h"

namespace pdquant {

// "version" and "1008005", "op_version conv2d" and "2"; an unknown field may have no name beside its text.
struct ProgramFact {
  std::string name;
  std::string text;  // canonical; may be empty
};

// The version first, then all others in the order of the file, those of a map in byte order.
std::vector<ProgramFact> ProgramFacts(const Program& program);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_PROGRAM_FACTS_H_
