// What the parameter file of a program of PIR holds.
#ifndef PDQUANT_PIR_PARAMETERS_H_
#define PDQUANT_PIR_PARAMETERS_H_

#include <vector>

#include "model/parameter_list.h"
#include "pir/program.h"

namespace pdquant::pir {

// The parameters that are persistable, each name once, in the byte order of their names: that of the file.
std::vector<ParameterVariable> ListParameters(const Program& program);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_PARAMETERS_H_
