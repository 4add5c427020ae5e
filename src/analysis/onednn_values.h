// What the passes of Paddle 2.6.2 for oneDNN take a value for, which isn't always what it is: they carry scales and
// signs along by the names of variables (compute_propagate_scales_mkldnn_pass.cc).
#ifndef PDQUANT_ANALYSIS_ONEDNN_VALUES_H_
#define PDQUANT_ANALYSIS_ONEDNN_VALUES_H_

#include "analysis/uses.h"
#include "ir/index.h"

namespace pdquant {

// Whether the value is quantized without a sign: relu made it, or ops that hand it on did so of such a value.
bool IsUnsignedForOneDnn(const Index& index, const Uses& uses, VarId var);

// Whether the value, where it is quantized, may get the scale of another one, or give its own to one that is larger:
//   x ─> avg pool, slice, split, scale ─> (reshape2, transpose2, …) ─> var   the operand has another range
//   var ─> concat                                                          the scale of the result wins
//   op ─> var, op ─> var                                                  two values under one name
bool BorrowsScaleForOneDnn(const Index& index, const Uses& uses, VarId var);

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_ONEDNN_VALUES_H_
