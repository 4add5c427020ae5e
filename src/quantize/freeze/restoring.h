// What undo and convert have in common: how names, weights and lists of a frozen program are brought back.
#ifndef PDQUANT_QUANTIZE_FREEZE_RESTORING_H_
#define PDQUANT_QUANTIZE_FREEZE_RESTORING_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "ir/edit/edits.h"
#include "ir/edit/op_rewrites.h"
#include "ir/index.h"
#include "quantize/unique_names.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// ".int8" or ".int16": what int8 puts behind the name of a weight that it stores with so many bits.
std::string_view IntegerSuffix(int32_t bits);

// Whether the integer product has the op's own output name, and the scaled one a name that freezing made; else the
// scaled one has the original name.
bool IsRenamed(const Index& index, const IntegerProduct& product);

// Whether two scales of one weight, as the max_range of two ops say them, are the same but for rounding.
bool IsSameScale(double a, double b);

// Whether the scales of a weight are one for the whole, or as many as its axis is long.
bool LieAlongAxis(const Index& index, VarId weight, const Scales& scales);

// A weight of another type than float32 is declared as float32, under the name that it had before int8, and its readers
// read that. Returns its name.
std::string DeclareFloat(const Index& index, const Uses& uses, VarId weight, UniqueNames* names, Edits* edits,
                         OpRewrites* rewrites);

// The lists of control ops lose the variables that `goes` says, and those of gradient ops the places beside them.
void CleanControlLists(const Index& index, const std::function<bool(VarId)>& goes, OpRewrites* rewrites);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_RESTORING_H_
