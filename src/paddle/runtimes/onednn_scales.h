// How the passes of Paddle 2.6.2 for oneDNN carry scales along (compute_propagate_scales_mkldnn_pass.cc), as far as it
// was seen in what they compute (tests/paddle/engines.py).
#ifndef PDQUANT_PADDLE_RUNTIMES_ONEDNN_SCALES_H_
#define PDQUANT_PADDLE_RUNTIMES_ONEDNN_SCALES_H_

#include <string_view>

#include "ir/index.h"

namespace pdquant {

namespace attributes {
// 1 on an op that oneDNN leaves in float.
inline constexpr std::string_view kSkipQuant = "skip_quant";
}  // namespace attributes

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

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_RUNTIMES_ONEDNN_SCALES_H_
