// Finds the frozen ops of a program: quantizable ops that read integers, with the ops that scale their products back.
#ifndef PDQUANT_QUANTIZE_FREEZE_FROZEN_OPS_H_
#define PDQUANT_QUANTIZE_FREEZE_FROZEN_OPS_H_

#include <vector>

#include "analysis/uses.h"
#include "paddle/quantizable_ops.h"
#include "quantize/forms/fake_pairs.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// fake_dequantize_max_abs behind a frozen op: x · scale / max_range.
struct Scaling {
  OpId op = kNoOp;
  VarId scale = kNoVar;
  float max_range = 0;
  bool scale_is_parameter = false;  // a stored scale that no quantize op has: a weight's
};

struct FrozenOp {
  struct Operand {
    NameId slot = kNoName;
    VarId var = kNoVar;
    OpId quantize = kNoOp;  // of an activation; kNoOp for a weight, which is stored as integers
  };
  OpId op = kNoOp;
  const QuantizableOp* kind = nullptr;
  VarId output = kNoVar;          // integers
  VarId scaled = kNoVar;          // what the last scaling writes
  std::vector<Scaling> scalings;  // in their order
  std::vector<Operand> operands;  // those that are integers
};

// A quantizable op is frozen where its output is read by one fake_dequantize_max_abs and nothing else, and at least one
// operand is the output of a quantize op or a parameter that nothing writes.
std::vector<FrozenOp> FindFrozenOps(const Index& index, const Uses& uses);

// What one integer of a weight is worth: scale / max_range = s / R. With a quantized activation max_range of the first
// scaling is R_w·R_a / s_w, so s_w / R_w = R_a / max_range. Otherwise the weight has a scaling of its own: `scale` is
// then a parameter, and `value` 0.
struct WeightStep {
  float value = 0;
  VarId scale = kNoVar;
  float max_range = 0;
};
// Of the operand number `weight` among those that are stored as integers. max_range is 0 where the op doesn't tell.
WeightStep StepOfWeight(const Index& index, const FrozenOp& frozen, size_t weight);
// `value`, or that of the parameter `scale`, in a vector of one. Errors: kBadInput where it has none; kIo.
Result<Scales> ScalesOfStep(const Index& index, const WeightStep& step, ParameterValues* values);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_FROZEN_OPS_H_
