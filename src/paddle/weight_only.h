// Weight-only storage: weights stored as integers for an op that computes with floats. WeightQuantization of Paddle 1.8
// and 2.x writes it for Paddle-Lite, which scales the weights back when it loads the model. Attributes of the ops alone
// say so; the declarations of the weights still say FP32.
#ifndef PDQUANT_PADDLE_WEIGHT_ONLY_H_
#define PDQUANT_PADDLE_WEIGHT_ONLY_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/index.h"
#include "ir/views.h"

namespace pdquant {

// The bits in which a weight of the op is stored, 8 or 16; 0 where the op reads floats.
int32_t WeightOnlyBits(const OpView& op);

// Whether an op with such bits says of this input that it is the weight: an attribute that bears its name holds the
// steps between its integers.
bool StoresWeight(const OpView& op, std::string_view input);

// The ops with such bits, in their order.
std::vector<OpId> WeightOnlyOps(const Index& index);

// The attribute in which an op with such bits has the steps of the weight of that name.
std::string StepsOfWeight(std::string_view weight);

// The types of ops whose weights Paddle-Lite scales back: conv2d, depthwise_conv2d, mul.
bool ScalesWeightsBack(std::string_view type);

// Matrix products that may be written as mul, which is one of those types: mul flattens X to a matrix of its last
// dimension, so what is left to ask is that neither operand is transposed, that the weight is a matrix, and that
// nothing is multiplied besides. Empty where `op`, a matmul or a matmul_v2, is such a one; else why it isn't.
std::string WhyNotMul(const Index& index, OpId op);
// The attributes that an op keeps when it becomes mul: those that every op has.
bool IsCommonAttribute(std::string_view name);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_WEIGHT_ONLY_H_
