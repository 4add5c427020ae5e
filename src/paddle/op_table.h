// What pdquant knows of Paddle's ops: the types, slots and attributes that it reads or writes. No other file spells
// them.
#ifndef PDQUANT_PADDLE_OP_TABLE_H_
#define PDQUANT_PADDLE_OP_TABLE_H_

#include <array>
#include <span>
#include <string_view>

namespace pdquant {

// An op whose operands are quantized: its weight and its activation.
struct QuantizableOp {
  std::string_view type;
  std::array<std::string_view, 2> slots;  // in byte order: the order in which the reference takes them
  std::string_view output;
};

std::span<const QuantizableOp> QuantizableOps();

// The quantizable op of that type, or null.
const QuantizableOp* FindQuantizable(std::string_view type);
// The quantizable op whose gradient (or gradient's gradient) has that type, or null: conv2d for conv2d_grad.
const QuantizableOp* FindQuantizableOfGradient(std::string_view type);

// Ops that quantize, dequantize, or both: Paddle 1.x's fake_* family and 2.x's *_linear.
bool IsFakeQuantize(std::string_view type);
// Those of them that take a bit length in the attribute `bit_length` or `quant_bits`.
inline constexpr std::string_view kBitLength = "bit_length";
inline constexpr std::string_view kQuantBits = "quant_bits";

inline constexpr std::string_view kCast = "cast";
inline constexpr std::string_view kIncrement = "increment";
inline constexpr std::string_view kFeed = "feed";
inline constexpr std::string_view kFetch = "fetch";
inline constexpr std::string_view kQuantizeAbsMax = "fake_quantize_abs_max";
inline constexpr std::string_view kQuantizeRange = "fake_quantize_range_abs_max";
inline constexpr std::string_view kQuantizeMovingAverage = "fake_quantize_moving_average_abs_max";
inline constexpr std::string_view kDequantizeMaxAbs = "fake_dequantize_max_abs";

// Paddle's name for "no variable" among the arguments of a slot.
inline constexpr std::string_view kEmptyVariable = "@EMPTY@";
inline constexpr std::string_view kGradientSuffix = "@GRAD";
// The variable that a gradient is one of: "x" for "x@GRAD@RENAME@block0@1" and for a second backward's "grad/x@GRAD".
std::string_view VariableOfGradient(std::string_view gradient);
// The attribute with the parameters and gradients that an op of the backward or the optimizer works on, in turn.
inline constexpr std::string_view kOpRoleVar = "op_role_var";
// Where the trainer's source called for an op: it changes with every line of that source.
inline constexpr std::string_view kOpCallStack = "op_callstack";
// The name scopes that an op was made in, as a path: "/encoder_1/attention/". Equal scopes are numbered.
inline constexpr std::string_view kOpNamescope = "op_namescope";
// Slots of optimizer ops: the parameter before and after its update.
inline constexpr std::string_view kParam = "Param";
inline constexpr std::string_view kParamOut = "ParamOut";
// The counter of training steps that range_abs_max needs.
inline constexpr std::string_view kStepCounter = "@STEP_COUNTER@";

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_OP_TABLE_H_
