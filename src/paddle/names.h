// The names that Paddle gives to ops, slots, attributes and special variables, and those that the quantization passes
// give. No other folder spells them (tests/support/check_spellings.py).
#ifndef PDQUANT_PADDLE_NAMES_H_
#define PDQUANT_PADDLE_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pdquant {

// Ops that are treated in a way of their own. Those that belong to a table (quantizable_ops.h, quantization_ops.h,
// control_ops.h) stand there.
namespace op_types {
inline constexpr std::string_view kCast = "cast";
inline constexpr std::string_view kFeed = "feed";
inline constexpr std::string_view kFetch = "fetch";
inline constexpr std::string_view kFetchV2 = "fetch_v2";  // what the executor of Paddle 2.3 and later appends
inline constexpr std::string_view kFillConstant = "fill_constant";
inline constexpr std::string_view kIncrement = "increment";
inline constexpr std::string_view kMul = "mul";
inline constexpr std::string_view kShape = "shape";  // reads a tensor's shape, whatever its values are
}  // namespace op_types

namespace slots {
inline constexpr std::string_view kX = "X";
inline constexpr std::string_view kY = "Y";
inline constexpr std::string_view kOut = "Out";
inline constexpr std::string_view kInput = "Input";
inline constexpr std::string_view kFilter = "Filter";
inline constexpr std::string_view kOutput = "Output";
// Of quantize and dequantize ops: scales, and the state from which training computes them.
inline constexpr std::string_view kScale = "Scale";
inline constexpr std::string_view kScales = "Scales";
inline constexpr std::string_view kZeroPoint = "ZeroPoint";
inline constexpr std::string_view kInScale = "InScale";
inline constexpr std::string_view kOutScale = "OutScale";
inline constexpr std::string_view kIter = "Iter";
inline constexpr std::string_view kOutScales = "OutScales";
inline constexpr std::string_view kInState = "InState";
inline constexpr std::string_view kOutState = "OutState";
inline constexpr std::string_view kInAccum = "InAccum";
inline constexpr std::string_view kOutAccum = "OutAccum";
// Of optimizer ops: the parameter before and after its update.
inline constexpr std::string_view kParam = "Param";
inline constexpr std::string_view kParamOut = "ParamOut";
// Of ops that make readers: a queue that lives in the scope only, so that no program declares it.
inline constexpr std::string_view kBlockingQueue = "blocking_queue";
}  // namespace slots

namespace attributes {
// Of every op.
inline constexpr std::string_view kOpRole = "op_role";
// The parameters and gradients that an op of the backward or the optimizer works on, in turn.
inline constexpr std::string_view kOpRoleVar = "op_role_var";
// Where the trainer's source called for an op: it changes with every line of that source.
inline constexpr std::string_view kOpCallStack = "op_callstack";
inline constexpr std::string_view kOpDevice = "op_device";
// The name scopes that an op was made in, as a path: "/encoder_1/attention/". Equal scopes are numbered.
inline constexpr std::string_view kOpNamescope = "op_namescope";
// Of py_func: numbers of functions, counted for the whole process.
inline constexpr std::string_view kForwardCallable = "forward_callable_id";
inline constexpr std::string_view kBackwardCallable = "backward_callable_id";
// Of ops that act differently in training and in test.
inline constexpr std::string_view kIsTest = "is_test";
// Of quantize and dequantize ops.
inline constexpr std::string_view kBitLength = "bit_length";
inline constexpr std::string_view kQuantBits = "quant_bits";
inline constexpr std::string_view kMaxRange = "max_range";
inline constexpr std::string_view kQuantAxis = "quant_axis";
inline constexpr std::string_view kColDims = "x_num_col_dims";
inline constexpr std::string_view kColDimsOfY = "y_num_col_dims";
inline constexpr std::string_view kOnlyObserver = "only_observer";
inline constexpr std::string_view kWindowSize = "window_size";
inline constexpr std::string_view kMovingRate = "moving_rate";
// Of what Paddle's passes of 2.x quantize: how, and the scales of outputs.
inline constexpr std::string_view kQuantizationType = "quantization_type";
inline constexpr std::string_view kWithQuantAttr = "with_quant_attr";
inline constexpr std::string_view kQuantActivationBits = "activation_bits";
inline constexpr std::string_view kOutThreshold = "out_threshold";
// Of ops whose weights are stored as integers (weight_only.h): the bits, and behind a weight's name its steps.
inline constexpr std::string_view kQuantizeWeightBits = "quantize_weight_bits";
inline constexpr std::string_view kQuantScaleSuffix = "_quant_scale";
inline constexpr std::string_view kWeightAbsMax = "post_weight_abs_max";  // values of quantization_type
inline constexpr std::string_view kWeightChannels = "post_weight_channel_wise_abs_max";
// Of convolutions: an activation that is computed with it.
inline constexpr std::string_view kFuseBrelu = "fuse_brelu";
inline constexpr std::string_view kFuseActivation = "fuse_activation";
// Of fill_constant and increment.
inline constexpr std::string_view kForceCpu = "force_cpu";
inline constexpr std::string_view kStrValue = "str_value";
inline constexpr std::string_view kValue = "value";
inline constexpr std::string_view kShape = "shape";
inline constexpr std::string_view kDtype = "dtype";
inline constexpr std::string_view kStep = "step";
// Of matmul: what the product is multiplied by.
inline constexpr std::string_view kAlpha = "alpha";
// Of cast and clip.
inline constexpr std::string_view kInDtype = "in_dtype";
inline constexpr std::string_view kOutDtype = "out_dtype";
inline constexpr std::string_view kMin = "min";
inline constexpr std::string_view kMax = "max";
}  // namespace attributes

// Paddle's name for "no variable" among the arguments of a slot.
inline constexpr std::string_view kEmptyVariable = "@EMPTY@";
// The counter of training steps that range_abs_max needs.
inline constexpr std::string_view kStepCounter = "@STEP_COUNTER@";
// What counts the steps of all means over a window; the count as a float, and how many places of a window are full.
inline constexpr std::string_view kMeanStep = "window_mean.step";
inline constexpr std::string_view kMeanStepFloat = "window_mean.step.float";
inline constexpr std::string_view kMeanStepCount = "window_mean.step.count";
// Paddle's mark on ops that are not to be quantized: in the path of their name scope, and an attribute.
inline constexpr std::string_view kSkipMark = "skip_quant";
// Before this suffix stands the op's type in the type of its gradient op.
inline constexpr std::string_view kGradientOpSuffix = "_grad";
// Before this one the variable's name in the name of its gradient, and the slot's name in that of its gradient's slot.
inline constexpr std::string_view kGradientSuffix = "@GRAD";
// In the names that Paddle gives to the results of ops: "fc_0.tmp_2".
inline constexpr std::string_view kTemporaryInfix = ".tmp_";

inline bool IsFetch(std::string_view type) { return type == op_types::kFetch || type == op_types::kFetchV2; }
// Whether ops of the type `gradient` are the gradient ops of those of the type `forward`.
bool IsGradientTypeOf(std::string_view gradient, std::string_view forward);
// "Out@GRAD" for "Out".
std::string GradientSlot(std::string_view slot);
// Whether a name is that of a gradient: "x@GRAD", "x@GRAD@RENAME@block0@1".
bool IsGradientName(std::string_view name);
// The variable that a gradient is one of: "x" for "x@GRAD@RENAME@block0@1" and for a second backward's "grad/x@GRAD".
std::string_view VariableOfGradient(std::string_view gradient);
// The variable that recompute made a copy of: "x" for "x.subprog_3"; other names as they are.
std::string_view VariableOfRecomputed(std::string_view name);

// The names around one quantized value of variable V: V.quantized, V.quantized.dequantized, V.scale. A later value of
// V, or a V whose names are taken, gets V_1.quantized, V_1.quantized.dequantized, V_1.scale, then V_2… Those that serve
// the backward count for themselves (V_backward_1…), so that the test form, which has no backward, has the same names.
// (QuantizeTranspiler of paddlepaddle 1.8.5, as the names below.)
struct ValueNames {
  std::string quantized;
  std::string dequantized;
  std::string scale;
};
inline constexpr std::string_view kScaleSuffix = ".scale";
// Scales of the linear form have the suffix that the passes of paddlepaddle 2.6.2 give.
inline constexpr std::string_view kLinearScaleSuffix = "@scale";
// Behind what a zero point belongs to, in the linear form.
inline constexpr std::string_view kZeroPointSuffix = "@zero_point";
ValueNames NamesOfValue(std::string_view variable, uint32_t number, bool backward = false,
                        std::string_view scale_suffix = kScaleSuffix);

// "Out0_threshold" for "Out": the attribute with the scale of what an op writes in that slot.
std::string ThresholdOfOutput(std::string_view slot);
// Whether an attribute is such a one, "Out0_threshold" or "Out1_threshold", of the slot.
bool IsThresholdOf(std::string_view attribute, std::string_view slot);

// PREFIX_N: the variables of a scale that each pair has for itself (ScaleVariable::prefix).
std::string NumberedName(std::string_view prefix, uint32_t number);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_NAMES_H_
