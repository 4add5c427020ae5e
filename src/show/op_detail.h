#ifndef PDQUANT_SHOW_OP_DETAIL_H_
#define PDQUANT_SHOW_OP_DETAIL_H_

#include <string>

#include "ir/index.h"

namespace pdquant {

// All about one op: what it reads and writes, with the types of those variables, who made them and who reads them, and
// all attributes; op_callstack comes last, a line for each of its lines. Works for any program that loads.
std::string OpDetail(const Index& index, OpId op);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_OP_DETAIL_H_
