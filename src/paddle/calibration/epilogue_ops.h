// Ops that runtimes compute together with the product in front of them: its bias, a batch norm, an activation. The
// scale of an output is wanted behind them.
#ifndef PDQUANT_PADDLE_CALIBRATION_EPILOGUE_OPS_H_
#define PDQUANT_PADDLE_CALIBRATION_EPILOGUE_OPS_H_

#include <string_view>

namespace pdquant {

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

#endif  // PDQUANT_PADDLE_CALIBRATION_EPILOGUE_OPS_H_
