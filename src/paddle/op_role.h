// The attribute op_role: what an op is for (Paddle's framework/op_proto_maker.h). Bits may be combined.
#ifndef PDQUANT_PADDLE_OP_ROLE_H_
#define PDQUANT_PADDLE_OP_ROLE_H_

#include <cstdint>

namespace pdquant {

inline constexpr int32_t kRoleForward = 0;
inline constexpr int32_t kRoleBackward = 1;
inline constexpr int32_t kRoleOptimize = 2;
inline constexpr int32_t kRoleRpc = 4;
inline constexpr int32_t kRoleDistributed = 8;
inline constexpr int32_t kRoleLearningRate = 16;
inline constexpr int32_t kRoleLoss = 256;

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_OP_ROLE_H_
