// What a frozen product says of its weights, and how names, weights and lists of a frozen program are brought back:
// what int8, undo and convert have in common.
#ifndef PDQUANT_QUANTIZE_FREEZE_FROZEN_PRODUCTS_H_
#define PDQUANT_QUANTIZE_FREEZE_FROZEN_PRODUCTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "base/finding.h"
#include "base/status.h"
#include "ir/edit/edits.h"
#include "ir/edit/op_rewrites.h"
#include "ir/index.h"
#include "quantize/unique_names.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// Whether a parameter is stored as integers: of one that is FP32 its values tell. True, too, of what can't be read: who
// needs the values reports it.
bool HoldsIntegers(const Index& index, VarId var, ParameterValues* values);

// What one integer of a weight is worth: scale / max_range = s / R, for the whole weight or for each channel.
struct WeightStep {
  float value = 0;              // the scale, where no parameter has it
  VarId scale = kNoVar;         // the parameter that has it
  float max_range = 0;          // 0 where the program doesn't say what an integer is worth
  int32_t axis = kWholeTensor;  // of the parameter
  size_t channels = 0;          // along it: a product may have the scales several times, for its groups
};
// Of each operand of the product that is a parameter, in the order of the operands. With a quantized activation
// max_range of the first scaling is R_w·R_a / s_w, so s_w / R_w = R_a / max_range. Otherwise each weight that holds
// integers has a scaling of its own, in the same order; a weight that holds other values was left in float and has
// none.
std::vector<WeightStep> StepsOfWeights(const Index& index, const IntegerProduct& product, ParameterValues* values);

// The scales of a step, one or one for each channel. Errors: kBadInput where its parameter has none; kIo.
Result<Scales> ScalesOfStep(const Index& index, const WeightStep& step, ParameterValues* values);
// The same of a value that is stored as integers and scaled back.
Result<Scales> ScalesOfStored(const Index& index, const QuantizedValue& value, ParameterValues* values);

// ".int8" or ".int16": what int8 puts behind the name of a weight that it stores with so many bits.
std::string_view IntegerSuffix(int32_t bits);

// Whether the integer product has the op's own output name, and the scaled one a name that freezing made; else the
// scaled one has the original name.
bool IsRenamed(const Index& index, const IntegerProduct& product);

// Whether two scales of one weight, as the max_range of two ops say them, are the same but for rounding.
bool IsSameScale(double a, double b);

// Whether the scales of a weight are one for the whole, or as many as its axis is long in its file: what is declared
// may be -1.
bool LieAlongAxis(const Index& index, VarId weight, const Scales& scales, ParameterValues* values);

// A weight of another type than float32 is declared as float32, under the name that it had before int8, and its readers
// read that. Returns its name.
std::string DeclareFloat(const Index& index, const Uses& uses, VarId weight, UniqueNames* names, Edits* edits,
                         OpRewrites* rewrites);

// The lists of control ops lose the variables that `goes` says, and those of gradient ops the places beside them.
void CleanControlLists(const Index& index, const std::function<bool(VarId)>& goes, OpRewrites* rewrites);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_FROZEN_PRODUCTS_H_
