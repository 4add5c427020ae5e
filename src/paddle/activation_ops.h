// Ops without a weight whose data can be rounded: those of which paddlepaddle 2.6.2 knows that they can compute with
// quantized activations (static/quantization/utils.py). Facts only; none is quantized unless a run names its type.
#ifndef PDQUANT_PADDLE_ACTIVATION_OPS_H_
#define PDQUANT_PADDLE_ACTIVATION_OPS_H_

#include <span>
#include <string_view>

#include "paddle/quantizable_ops.h"

namespace pdquant {

// In byte order of the types. A slot may have several arguments (concat), each an operand.
std::span<const QuantizableOp> ActivationOps();
// The op of that type, or null.
const QuantizableOp* FindActivationOp(std::string_view type);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_ACTIVATION_OPS_H_
