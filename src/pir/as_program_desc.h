// A program of Paddle 3 in the form of a ProgramDesc, for what draws and compares graphs: each op under its full name,
// inputs and outputs as feed and fetch, operands and results by their positions, regions as blocks, attributes under
// their own names. The ops have the numbers that they have in the file. No Paddle runs it; what
// runs is made by pir/import.
#ifndef PDQUANT_PIR_AS_PROGRAM_DESC_H_
#define PDQUANT_PIR_AS_PROGRAM_DESC_H_

#include <string>

#include "pir/program.h"

namespace pdquant::pir {

// The encoded ProgramDesc. Values have their names of NameValues; what is no tensor is declared as RAW; an attribute
// that a ProgramDesc has no kind for is a string, AttrText.
std::string AsProgramDesc(const Program& program);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_AS_PROGRAM_DESC_H_
