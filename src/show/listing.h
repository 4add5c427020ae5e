// Ops and variables one by one: a line for each, for grep, and all about one op.
#ifndef PDQUANT_SHOW_LISTING_H_
#define PDQUANT_SHOW_LISTING_H_

#include <string>

#include "ir/index.h"
#include "text/text_sink.h"

namespace pdquant {

// "0:39 conv2d(…) -> …", and what the op is for where it isn't forward: "[backward]", "[optimizer]"; "[quantized]"
// where it computes with quantized values. In the order of the program. False where the sink wants no more.
bool ListOps(const Index& index, const TextSink& sink);

// "0 conv2d_0.w_0 LOD_TENSOR FP32 [20, 1, 5, 5] persistable", with the block in front. In the order of the program.
bool ListVars(const Index& index, const TextSink& sink);

// All about one op: what it reads and writes, with the types of those variables, who made them and who reads them, and
// all attributes; op_callstack comes last, a line for each of its lines. Works for any program that loads.
std::string OpDetail(const Index& index, OpId op);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_LISTING_H_
