#include "paddle/calibration/epilogue_ops.h"

#include <algorithm>
#include <array>

#include "paddle/calibration/plain_ops.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

constexpr std::string_view kBatchNorm = "batch_norm";

// Those that conv_elementwise_add_act, fc_fuse and the oneDNN passes of Paddle Inference 2.6.2 and the conv passes of
// Paddle-Lite 2.12 know behind a product.
constexpr std::array<EpilogueOp, 16> kEpilogueOps = {{
    {kBatchNorm, slots::kY},
    {"elementwise_add", slots::kOut, slots::kY},
    {"elu", slots::kOut},
    {"gelu", slots::kOut},
    {"hard_sigmoid", slots::kOut},
    {"hard_swish", slots::kOut},
    {"leaky_relu", slots::kOut},
    {"mish", slots::kOut},
    {"prelu", slots::kOut},
    {"relu", slots::kOut},
    {"relu6", slots::kOut},
    {"sigmoid", slots::kOut},
    {"silu", slots::kOut},
    {"softplus", slots::kOut},
    {"swish", slots::kOut},
    {"tanh", slots::kOut},
}};

}  // namespace

const EpilogueOp* FindEpilogueOp(std::string_view type) {
  const auto* found =
      std::find_if(kEpilogueOps.begin(), kEpilogueOps.end(), [&](const EpilogueOp& op) { return op.type == type; });
  return found == kEpilogueOps.end() ? nullptr : found;
}

bool IsFusedBlindly(std::string_view type, std::string_view reader) {
  return reader == op_types::kScale || (type == kBatchNorm && FindEpilogueOp(reader) != nullptr);
}

}  // namespace pdquant
