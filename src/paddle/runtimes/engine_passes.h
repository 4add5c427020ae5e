// What the graph passes of engines do with ops, as far as it was seen in what they compute (tests/paddle/engines.py).
#ifndef PDQUANT_PADDLE_RUNTIMES_ENGINE_PASSES_H_
#define PDQUANT_PADDLE_RUNTIMES_ENGINE_PASSES_H_

#include <string_view>

#include "ir/index.h"

namespace pdquant {

namespace attributes {
// 1 on an op that oneDNN leaves in float.
inline constexpr std::string_view kSkipQuant = "skip_quant";
}  // namespace attributes

// How the passes of Paddle 2.6.2 for oneDNN carry scales along (compute_propagate_scales_mkldnn_pass.cc).
//
// Whether what the op writes has the scale of what it reads, or the other way round.
bool HandsScaleOn(const Index& index, OpId op);
// Of those: whether the two have different ranges.
bool ChangesRange(const Index& index, OpId op);
bool IsAveragePool(const Index& index, OpId op);
// The slot whose scale such an op carries.
std::string_view SlotOfCarried(std::string_view type);
// Whether the op's operands lose their scales to its result's.
bool OverwritesScales(std::string_view type);
// Whether what the op writes is quantized without a sign.
bool WritesUnsigned(std::string_view type);

// Ops that engines compute together with the product in front of them: its bias, a batch norm, an activation. The scale
// of an output is wanted behind them.
struct EpilogueOp {
  std::string_view type;
  std::string_view output;
  std::string_view bias = {};  // the slot of a parameter that it needs; empty for none
};

// The row of that type, or null. All of them read the product as X.
const EpilogueOp* FindEpilogueOp(std::string_view type);

// Whether Paddle Inference 2.6.2 makes one op of an op of the type `type` and one of the type `reader` that reads what
// it writes, even where others read it as well, for whom nobody computes it then: they crash (matmul_v2_scale_fuse_pass
// and its like, batch_norm_act_fuse_pass). Most of its passes look whether others do.
bool IsFusedBlindly(std::string_view type, std::string_view reader);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_RUNTIMES_ENGINE_PASSES_H_
