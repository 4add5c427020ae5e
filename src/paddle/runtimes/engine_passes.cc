#include "paddle/runtimes/engine_passes.h"

#include <array>

#include "base/find_row.h"
#include "paddle/calibration/plain_ops.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

constexpr std::array<std::string_view, 5> kSameRange = {"reshape2", "transpose2", "pool2d", "nearest_interp",
                                                        "nearest_interp_v2"};
constexpr std::array<std::string_view, 3> kOtherRange = {"slice", "split", "scale"};

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

bool IsAveragePool(const Index& index, OpId op) {
  if (index.type(op) != "pool2d") return false;
  const auto kind = index.program().op(op).attr("pooling_type");
  return kind && kind->AsString() == "avg";
}

bool HandsScaleOn(const Index& index, OpId op) {
  return Contains(kSameRange, index.type(op)) || Contains(kOtherRange, index.type(op));
}

bool ChangesRange(const Index& index, OpId op) {
  return Contains(kOtherRange, index.type(op)) || IsAveragePool(index, op);
}

std::string_view SlotOfCarried(std::string_view type) { return type == "slice" ? slots::kInput : slots::kX; }
bool OverwritesScales(std::string_view type) { return type == "concat"; }
bool WritesUnsigned(std::string_view type) { return type == "relu" || type == "relu6"; }

const EpilogueOp* FindEpilogueOp(std::string_view type) { return FindRow(kEpilogueOps, &EpilogueOp::type, type); }

bool IsFusedBlindly(std::string_view type, std::string_view reader) {
  return reader == op_types::kScale || (type == kBatchNorm && FindEpilogueOp(reader) != nullptr);
}

}  // namespace pdquant
