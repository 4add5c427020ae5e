// Which part of a training program an op belongs to: the one rule for everybody.
#ifndef PDQUANT_PADDLE_OP_ROLE_H_
#define PDQUANT_PADDLE_OP_ROLE_H_

#include <cstdint>

#include "ir/index.h"

namespace pdquant {

// The attribute op_role (Paddle's framework/op_proto_maker.h). Bits may be combined.
inline constexpr int32_t kRoleForward = 0;
inline constexpr int32_t kRoleBackward = 1;
inline constexpr int32_t kRoleOptimize = 2;
inline constexpr int32_t kRoleRpc = 4;
inline constexpr int32_t kRoleDistributed = 8;
inline constexpr int32_t kRoleLearningRate = 16;
inline constexpr int32_t kRoleLoss = 256;

enum class OpPart : uint8_t { kForward, kBackward, kOptimizer, kLearningRate };

// By the attribute op_role. An op without one, as Paddle before 1.0 wrote them, is of the optimizer if it updates a
// parameter, and of the backward if it is a gradient op or writes a gradient.
OpPart PartOf(const Index& index, OpId op);
// The same for who tells but three parts apart: the schedule of the learning rate counts as the optimizer's.
inline OpPart PartForReader(const Index& index, OpId op) {
  const OpPart part = PartOf(index, op);
  return part == OpPart::kLearningRate ? OpPart::kOptimizer : part;
}

// Whether the op belongs to the backward or the optimizer, which a program for inference has none of.
inline bool IsTrainingPart(OpPart part) { return part == OpPart::kBackward || part == OpPart::kOptimizer; }

// Whether the op updates a parameter: it has the slot ParamOut.
bool UpdatesParameter(const Index& index, OpId op);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_OP_ROLE_H_
