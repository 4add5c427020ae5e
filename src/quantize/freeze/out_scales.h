// Scales of outputs, which training followed (transpile --out-scales).
#ifndef PDQUANT_QUANTIZE_FREEZE_OUT_SCALES_H_
#define PDQUANT_QUANTIZE_FREEZE_OUT_SCALES_H_

#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "base/finding.h"
#include "ir/edit/op_rewrites.h"
#include "ir/index.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// Writes the scale of an output into the attributes of the op that writes it, where runtimes look for it: of the op,
// and of the output.
void SetOutScale(const Index& index, OpId writer, VarId output, float scale, OpRewrites* rewrites);

// What an op followed of an output is written into the attributes of the op that writes that. Returns the ops that
// followed, which nothing needs then; one whose scale has no finite value stays, with a warning.
std::vector<OpId> TakeOutScales(const Index& index, const QuantizedValues& values, const Uses& uses,
                                ParameterValues* parameters, OpRewrites* rewrites, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_OUT_SCALES_H_
