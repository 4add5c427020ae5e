// What freeze, int8 and undo say of forms that they don't take, and what a frozen product tells about its weights.
#ifndef PDQUANT_QUANTIZE_FREEZE_MODEL_FORMS_H_
#define PDQUANT_QUANTIZE_FREEZE_MODEL_FORMS_H_

#include <string_view>
#include <vector>

#include "analysis/quantized_values.h"
#include "base/finding.h"
#include "base/status.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// Reports the op of a value in another form, or one that belongs to no value: which form that is, and what can be done
// with the program in place of `command`.
void ReportOtherForm(const Index& index, OpId op, std::string_view code, std::string_view command, Findings* findings);

// Refuses what the command can't convert: ops whose weights are stored as integers (paddle/weight_only.h).
void RefuseWeightOnly(const Index& index, std::string_view code, std::string_view command, Findings* findings);

// What one integer of a weight is worth: scale / max_range = s / R, for the whole weight or for each channel.
struct WeightStep {
  float value = 0;              // the scale, where no parameter has it
  VarId scale = kNoVar;         // the parameter that has it
  float max_range = 0;          // 0 where the program doesn't say what an integer is worth
  int32_t axis = kWholeTensor;  // of the parameter
  int64_t channels = 0;         // along it: a product may have the scales several times, for its groups
};
// Of each operand of the product that is a parameter, in the order of the operands. With a quantized activation
// max_range of the first scaling is R_w·R_a / s_w, so s_w / R_w = R_a / max_range. Otherwise each weight that holds
// integers has a scaling of its own, in the same order; a weight that holds other values was left in float and has
// none.
std::vector<WeightStep> StepsOfWeights(const Index& index, const IntegerProduct& product, ParameterValues* values);

// The scales of a step, one or one for each channel. Errors: kBadInput where its parameter has none; kIo.
Result<Scales> ScalesOfStep(const Index& index, const WeightStep& step, ParameterValues* values);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_MODEL_FORMS_H_
