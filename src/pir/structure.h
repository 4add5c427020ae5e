// Is a program of PIR sound: whatever its ops are?
#ifndef PDQUANT_PIR_STRUCTURE_H_
#define PDQUANT_PIR_STRUCTURE_H_

#include "base/finding.h"
#include "pir/program.h"

namespace pdquant::pir {

// Finds the value of each operand (Operand::value), and adds a finding for each rule that is broken, all in one run:
// ids that are 0 or negative, come twice, are used before their value is made or where it isn't visible; regions and
// blocks that an op must or mustn't have; yields; lists; names of parameters and inputs; columns of outputs. Linear.
void CheckStructure(Program* program, Findings* findings);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_STRUCTURE_H_
