// Names, types, values and orders of the legacy form are those of the QuantizeTranspiler of paddlepaddle 1.8.5, those
// of the others of the passes in static/quantization of paddlepaddle 2.6.2; a mean over a window is our own.
#include <array>

#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/scale_kinds.h"

namespace pdquant {
namespace {

using Form = QuantizationForm;

constexpr float kSumStart = 1.0F;

constexpr ScaleAttribute kBits = {attributes::kBitLength, proto::INT, ScaleSetting::kBits};
constexpr ScaleAttribute kAxis = {attributes::kQuantAxis, proto::INT, ScaleSetting::kAxis};
constexpr ScaleAttribute kIsTest = {attributes::kIsTest, proto::BOOLEAN, ScaleSetting::kIsTest};
constexpr ScaleAttribute kWindowSize = {attributes::kWindowSize, proto::INT, ScaleSetting::kWindowSize};
constexpr ScaleAttribute kMovingRate = {attributes::kMovingRate, proto::FLOAT, ScaleSetting::kMovingRate};

constexpr ScaleAttribute Constant(std::string_view name, proto::AttrType type, double value) {
  return {name, type, ScaleSetting::kConstant, value};
}

constexpr ScaleVariable kKeptScale = {.text = "", .kept = true, .start = kScaleStart, .untrained = Untrained::kStart};

// ---- what scales a value back
constexpr std::array<ScaleSlot, 2> kBackInputs = {{{slots::kScale, kTheScale}, {slots::kX, kQuantizedValue}}};
constexpr std::array<ScaleSlot, 1> kBackOutputs = {{{slots::kOut, kRoundedValue}}};
constexpr std::array<ScaleAttribute, 1> kBackAttributes = {
    {{attributes::kMaxRange, proto::FLOAT, ScaleSetting::kMaxInteger}}};
constexpr std::array<ScaleOp, 1> kBack = {{{op_types::kDequantizeMaxAbs, kBackInputs, kBackOutputs, kBackAttributes}}};

constexpr std::array<ScaleSlot, 2> kChannelBackInputs = {{{slots::kScales, kTheScale}, {slots::kX, kQuantizedValue}}};
constexpr std::array<ScaleAttribute, 2> kChannelBackAttributes = {
    {kAxis, {attributes::kQuantBits, proto::INTS, ScaleSetting::kBits}}};
constexpr std::array<ScaleOp, 1> kChannelBack = {
    {{op_types::kDequantizeChannels, kChannelBackInputs, kBackOutputs, kChannelBackAttributes}}};

// ---- abs_max: the op finds max|x| itself
constexpr std::array<ScaleVariable, 1> kFoundVariables = {{{.text = ""}}};
constexpr std::array<ScaleVariable, 1> kFoundChannels = {{{.text = "", .shape = ScaleShape::kChannels}}};
constexpr std::array<ScaleSlot, 1> kSourceInput = {{{slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 2> kAbsMaxOutputs = {{{slots::kOut, kQuantizedValue}, {slots::kOutScale, kTheScale}}};
constexpr std::array<ScaleAttribute, 1> kAbsMaxAttributes = {{kBits}};
constexpr std::array<ScaleOp, 1> kAbsMaxOps = {
    {{op_types::kQuantizeAbsMax, kSourceInput, kAbsMaxOutputs, kAbsMaxAttributes}}};
constexpr std::array<ScaleAttribute, 2> kChannelAttributes = {{kBits, kAxis}};
constexpr std::array<ScaleOp, 1> kChannelOps = {
    {{op_types::kQuantizeChannels, kSourceInput, kAbsMaxOutputs, kChannelAttributes}}};

// ---- range_abs_max: the largest of a window of max|x|, which the step counter walks through
constexpr std::array<ScaleVariable, 3> kRangeVariables = {{
    kKeptScale,
    {.text = "scales",
     .named = NamedAfter::kNumber,
     .shape = ScaleShape::kWindow,
     .kept = true,
     .training_only = true,
     .untrained = Untrained::kWindowAtStart},
    {.text = "loop_counter",
     .named = NamedAfter::kNumber,
     .data_type = proto::VarType::INT64,
     .kept = true,
     .training_only = true,
     .shared = kStepCounter},
}};
constexpr std::array<ScaleSlot, 1> kCounterInput = {{{slots::kX, 2}}};
constexpr std::array<ScaleSlot, 1> kCounterOutput = {{{slots::kOut, 2}}};
constexpr std::array<ScaleAttribute, 1> kCounterAttributes = {{Constant(attributes::kStep, proto::FLOAT, 1)}};
constexpr std::array<ScaleOp, 1> kRangeStepOps = {
    {{op_types::kIncrement, kCounterInput, kCounterOutput, kCounterAttributes, true}}};
constexpr std::array<ScaleSlot, 3> kRangeInputs = {
    {{slots::kInScale, kTheScale}, {slots::kIter, 2}, {slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 3> kRangeOutputs = {
    {{slots::kOut, kQuantizedValue}, {slots::kOutScale, kTheScale}, {slots::kOutScales, 1}}};
constexpr std::array<ScaleAttribute, 3> kRangeAttributes = {{kBits, kIsTest, kWindowSize}};
constexpr std::array<ScaleOp, 1> kRangeOps = {
    {{op_types::kQuantizeRange, kRangeInputs, kRangeOutputs, kRangeAttributes}}};

// ---- moving_average_abs_max: accum / state, both of which forget at the moving rate
constexpr ScaleVariable RunningSum(std::string_view name) {
  return {.text = name,
          .named = NamedAfter::kNumber,
          .kept = true,
          .start = kSumStart,
          .running_sum = true,
          .training_only = true,
          .untrained = Untrained::kStart};
}
constexpr std::array<ScaleVariable, 3> kMovingVariables = {{RunningSum("state"), RunningSum("accum"), kKeptScale}};
constexpr std::array<ScaleSlot, 4> kMovingInputs = {
    {{slots::kInAccum, 1}, {slots::kInScale, kTheScale}, {slots::kInState, 0}, {slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 4> kMovingOutputs = {
    {{slots::kOut, kQuantizedValue}, {slots::kOutAccum, 1}, {slots::kOutScale, kTheScale}, {slots::kOutState, 0}}};
constexpr std::array<ScaleAttribute, 3> kMovingAttributes = {{kBits, kIsTest, kMovingRate}};
constexpr std::array<ScaleOp, 1> kMovingOps = {
    {{op_types::kQuantizeMovingAverage, kMovingInputs, kMovingOutputs, kMovingAttributes}}};

// ---- window_mean_abs_max: the mean of the last N values of max|x|. fake_quantize_range_abs_max keeps a ring of them,
// and is used for that alone; the counter counts steps from 1, and as long as the ring isn't full its empty places are
// 0 and the sum is divided by the number of full ones. The ops are the optimizer's: so Paddle drops them with it.
constexpr std::array<ScaleVariable, 8> kMeanVariables = {{
    kKeptScale,
    {.text = ".max", .kept = true, .start = kScaleStart, .training_only = true},
    {.text = ".window",
     .shape = ScaleShape::kWindow,
     .kept = true,
     .training_only = true,
     .untrained = Untrained::kWindowAtStart},
    {.text = ".step", .data_type = proto::VarType::INT64, .kept = true, .training_only = true, .shared = kMeanStep},
    {.text = ".step.float", .training_only = true, .shared = kMeanStepFloat},
    {.text = ".step.count", .training_only = true, .shared = kMeanStepCount},
    {.text = ".rounded", .shape = ScaleShape::kValue, .training_only = true},
    {.text = ".sum", .training_only = true},
}};
constexpr std::array<ScaleSlot, 1> kMeanStepInput = {{{slots::kX, 3}}};
constexpr std::array<ScaleSlot, 1> kMeanStepOutput = {{{slots::kOut, 3}}};
constexpr std::array<ScaleSlot, 1> kMeanFloatInput = {{{slots::kX, 4}}};
constexpr std::array<ScaleSlot, 1> kMeanFloatOutput = {{{slots::kOut, 4}}};
constexpr std::array<ScaleSlot, 1> kMeanCountOutput = {{{slots::kOut, 5}}};
constexpr std::array<ScaleAttribute, 2> kMeanCastAttributes = {
    {Constant(attributes::kInDtype, proto::INT, proto::VarType::INT64),
     Constant(attributes::kOutDtype, proto::INT, proto::VarType::FP32)}};
constexpr std::array<ScaleAttribute, 2> kMeanClipAttributes = {
    {{attributes::kMax, proto::FLOAT, ScaleSetting::kWindowSize}, Constant(attributes::kMin, proto::FLOAT, 1)}};
constexpr std::array<ScaleOp, 3> kMeanStepOps = {{
    {op_types::kIncrement, kMeanStepInput, kMeanStepOutput, kCounterAttributes, true, kRoleOptimize},
    {op_types::kCast, kMeanStepInput, kMeanFloatOutput, kMeanCastAttributes, true, kRoleOptimize},
    {"clip", kMeanFloatInput, kMeanCountOutput, kMeanClipAttributes, true, kRoleOptimize},
}};
constexpr std::array<ScaleSlot, 3> kRingInputs = {{{slots::kInScale, 1}, {slots::kIter, 3}, {slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 3> kRingOutputs = {{{slots::kOut, 6}, {slots::kOutScale, 1}, {slots::kOutScales, 2}}};
constexpr std::array<ScaleAttribute, 3> kRingAttributes = {
    {kBits, Constant(attributes::kIsTest, proto::BOOLEAN, 0), kWindowSize}};
constexpr ScaleOp kRingOp = {op_types::kQuantizeRange, kRingInputs, kRingOutputs, kRingAttributes, true, kRoleOptimize};
constexpr std::array<ScaleSlot, 1> kSumInputs = {{{slots::kX, 2}}};
constexpr std::array<ScaleSlot, 1> kSumOutputs = {{{slots::kOut, 7}}};
constexpr std::array<ScaleAttribute, 3> kSumAttributes = {{Constant("dim", proto::INTS, 0),
                                                           Constant("keep_dim", proto::BOOLEAN, 1),
                                                           Constant("reduce_all", proto::BOOLEAN, 1)}};
constexpr ScaleOp kSumOp = {"reduce_sum", kSumInputs, kSumOutputs, kSumAttributes, true, kRoleOptimize};
constexpr std::array<ScaleSlot, 2> kMeanInputs = {{{slots::kX, 7}, {slots::kY, 5}}};
constexpr std::array<ScaleSlot, 1> kMeanOutputs = {{{slots::kOut, kTheScale}}};
constexpr std::array<ScaleAttribute, 1> kMeanAttributes = {{Constant("axis", proto::INT, -1)}};
constexpr ScaleOp kMeanOp = {"elementwise_div", kMeanInputs, kMeanOutputs, kMeanAttributes, true, kRoleOptimize};

// Quantizes with the scale as it stands.
constexpr std::array<ScaleSlot, 2> kStaticInputs = {{{slots::kInScale, kTheScale}, {slots::kX, kSourceValue}}};
constexpr std::array<ScaleAttribute, 3> kStaticAttributes = {
    {kBits, Constant(attributes::kIsTest, proto::BOOLEAN, 1), kWindowSize}};
constexpr std::array<ScaleOp, 4> kMeanOps = {
    {kRingOp, kSumOp, kMeanOp, {op_types::kQuantizeRange, kStaticInputs, kAbsMaxOutputs, kStaticAttributes}}};

constexpr std::array<ScaleKind, 5> kLegacyRows = {{
    {.word = "abs_max",
     .help = "anew at each step",
     .of_step = true,
     .dynamic = true,
     .variables = kFoundVariables,
     .ops = kAbsMaxOps,
     .back_ops = kBack},
    {.word = "channel_wise_abs_max",
     .help = "anew at each step, for each output channel",
     .for_activations = false,
     .of_step = true,
     .dynamic = true,
     .variables = kFoundChannels,
     .ops = kChannelOps,
     .back_ops = kChannelBack},
    {.word = "range_abs_max",
     .help = "the largest of a window of steps",
     .variables = kRangeVariables,
     .step_ops = kRangeStepOps,
     .ops = kRangeOps,
     .back_ops = kBack},
    {.word = "moving_average_abs_max",
     .help = "a running average",
     .variables = kMovingVariables,
     .scale = 2,
     .ops = kMovingOps,
     .back_ops = kBack},
    {.word = "window_mean_abs_max",
     .help = "the mean of a window of steps",
     .for_weights = false,
     .variables = kMeanVariables,
     .step_ops = kMeanStepOps,
     .ops = kMeanOps,
     .back_ops = kBack},
}};

// ---- the fused form: one op rounds
constexpr std::array<ScaleSlot, 2> kFusedOutputs = {{{slots::kOut, kRoundedValue}, {slots::kOutScale, kTheScale}}};
constexpr std::array<ScaleOp, 1> kFusedAbsMaxOps = {
    {{op_types::kRoundAbsMax, kSourceInput, kFusedOutputs, kAbsMaxAttributes}}};
constexpr std::array<ScaleOp, 1> kFusedChannelOps = {
    {{op_types::kRoundChannels, kSourceInput, kFusedOutputs, kChannelAttributes}}};
constexpr std::array<ScaleSlot, 4> kFusedMovingOutputs = {
    {{slots::kOut, kRoundedValue}, {slots::kOutAccum, 1}, {slots::kOutScale, kTheScale}, {slots::kOutState, 0}}};
constexpr std::array<ScaleOp, 1> kFusedMovingOps = {
    {{op_types::kRoundMovingAverage, kMovingInputs, kFusedMovingOutputs, kMovingAttributes}}};

constexpr std::array<ScaleKind, 3> kFusedRows = {{
    {.word = "abs_max",
     .form = Form::kFused,
     .of_step = true,
     .dynamic = true,
     .variables = kFoundVariables,
     .ops = kFusedAbsMaxOps},
    {.word = "channel_wise_abs_max",
     .form = Form::kFused,
     .for_activations = false,
     .of_step = true,
     .dynamic = true,
     .variables = kFoundChannels,
     .ops = kFusedChannelOps},
    {.word = "moving_average_abs_max",
     .form = Form::kFused,
     .for_weights = false,
     .variables = kMovingVariables,
     .scale = 2,
     .ops = kFusedMovingOps},
}};

// ---- the linear form. Each pair has zero points of its own, which kernels ignore and engines demand.
constexpr ScaleVariable ZeroPoint(NamedAfter named) {
  return {.text = kZeroPointSuffix,
          .named = named,
          .shape = ScaleShape::kScale,
          .data_type = proto::VarType::INT32,
          .kept = true};
}
constexpr std::array<ScaleAttribute, 2> kLinearBackAttributes = {{kBits, kAxis}};
constexpr std::array<ScaleSlot, 1> kLinearBackOutputs = {{{slots::kY, kRoundedValue}}};

// A row's first two variables are the state, the third is the scale, and these are the zero points.
constexpr int kQuantizeZero = 3;
constexpr int kDequantizeZero = 4;
constexpr std::array<ScaleSlot, 3> kLinearBackInputs = {
    {{slots::kScale, kTheScale}, {slots::kX, kQuantizedValue}, {slots::kZeroPoint, kDequantizeZero}}};
constexpr std::array<ScaleOp, 1> kLinearBack = {
    {{op_types::kDequantizeLinear, kLinearBackInputs, kLinearBackOutputs, kLinearBackAttributes}}};
constexpr std::array<ScaleAttribute, 4> kLinearAttributes = {{kBits, kIsTest, kMovingRate, kAxis}};

constexpr std::array<ScaleSlot, 5> kLinearInputs = {{{slots::kInAccum, 1},
                                                     {slots::kInState, 0},
                                                     {slots::kScale, kTheScale},
                                                     {slots::kX, kSourceValue},
                                                     {slots::kZeroPoint, kQuantizeZero}}};
constexpr std::array<ScaleVariable, 5> kLinearMovingVariables = {{RunningSum("state"), RunningSum("accum"), kKeptScale,
                                                                  ZeroPoint(NamedAfter::kQuantized),
                                                                  ZeroPoint(NamedAfter::kDequantized)}};
constexpr std::array<ScaleSlot, 4> kLinearMovingOutputs = {
    {{slots::kOutAccum, 1}, {slots::kOutScale, kTheScale, true}, {slots::kOutState, 0}, {slots::kY, kQuantizedValue}}};
constexpr std::array<ScaleOp, 1> kLinearMovingOps = {
    {{op_types::kQuantizeLinear, kLinearInputs, kLinearMovingOutputs, kLinearAttributes}}};

// With sums that stay 0 the average is max|x| of the step. The kernel of paddlepaddle 2.6.2 knows no other way to it.
constexpr ScaleVariable StandingSum(std::string_view name) {
  return {.text = name, .named = NamedAfter::kNumber, .kept = true, .training_only = true};
}
constexpr std::array<ScaleVariable, 7> StepVariables(ScaleVariable scale) {
  return {{StandingSum("state"),
           StandingSum("accum"),
           scale,
           ZeroPoint(NamedAfter::kQuantized),
           ZeroPoint(NamedAfter::kDequantized),
           {.text = ".state", .training_only = true},
           {.text = ".accum", .training_only = true}}};
}
constexpr ScaleVariable Channels(ScaleVariable scale) {
  scale.shape = ScaleShape::kChannels;
  return scale;
}
constexpr std::array<ScaleVariable, 7> kLinearAbsMaxVariables = StepVariables(kKeptScale);
constexpr std::array<ScaleVariable, 7> kLinearChannelVariables = StepVariables(Channels(kKeptScale));
constexpr std::array<ScaleSlot, 4> kLinearAbsMaxOutputs = {
    {{slots::kOutAccum, 6}, {slots::kOutScale, kTheScale, true}, {slots::kOutState, 5}, {slots::kY, kQuantizedValue}}};
constexpr std::array<ScaleOp, 1> kLinearAbsMaxOps = {
    {{op_types::kQuantizeLinear, kLinearInputs, kLinearAbsMaxOutputs, kLinearAttributes}}};

constexpr int kMeanQuantizeZero = 8;
constexpr int kMeanDequantizeZero = 9;
constexpr std::array<ScaleVariable, 10> kLinearMeanVariables = {
    {kMeanVariables[0], kMeanVariables[1], kMeanVariables[2], kMeanVariables[3], kMeanVariables[4], kMeanVariables[5],
     kMeanVariables[6], kMeanVariables[7], ZeroPoint(NamedAfter::kQuantized), ZeroPoint(NamedAfter::kDequantized)}};
constexpr std::array<ScaleSlot, 3> kLinearStaticInputs = {
    {{slots::kScale, kTheScale}, {slots::kX, kSourceValue}, {slots::kZeroPoint, kMeanQuantizeZero}}};
constexpr std::array<ScaleSlot, 1> kLinearStaticOutputs = {{{slots::kY, kQuantizedValue}}};
constexpr std::array<ScaleAttribute, 3> kLinearStaticAttributes = {
    {kBits, Constant(attributes::kIsTest, proto::BOOLEAN, 1), kAxis}};
constexpr std::array<ScaleOp, 4> kLinearMeanOps = {
    {kRingOp,
     kSumOp,
     kMeanOp,
     {op_types::kQuantizeLinear, kLinearStaticInputs, kLinearStaticOutputs, kLinearStaticAttributes}}};
constexpr std::array<ScaleSlot, 3> kLinearMeanBackInputs = {
    {{slots::kScale, kTheScale}, {slots::kX, kQuantizedValue}, {slots::kZeroPoint, kMeanDequantizeZero}}};
constexpr std::array<ScaleOp, 1> kLinearMeanBack = {
    {{op_types::kDequantizeLinear, kLinearMeanBackInputs, kLinearBackOutputs, kLinearBackAttributes}}};

// The first row that a quantize_linear fits is the average: from its slots in test form no other can be told.
constexpr std::array<ScaleKind, 4> kLinearRows = {{
    {.word = "moving_average_abs_max",
     .form = Form::kLinear,
     .for_weights = false,
     .variables = kLinearMovingVariables,
     .scale = 2,
     .ops = kLinearMovingOps,
     .back_ops = kLinearBack},
    {.word = "abs_max",
     .form = Form::kLinear,
     .for_activations = false,
     .of_step = true,
     .variables = kLinearAbsMaxVariables,
     .scale = 2,
     .ops = kLinearAbsMaxOps,
     .back_ops = kLinearBack},
    {.word = "channel_wise_abs_max",
     .form = Form::kLinear,
     .for_activations = false,
     .of_step = true,
     .variables = kLinearChannelVariables,
     .scale = 2,
     .ops = kLinearAbsMaxOps,
     .back_ops = kLinearBack},
    {.word = "window_mean_abs_max",
     .form = Form::kLinear,
     .for_weights = false,
     .variables = kLinearMeanVariables,
     .step_ops = kMeanStepOps,
     .ops = kLinearMeanOps,
     .back_ops = kLinearMeanBack},
}};

// ---- the scale of an output, which starts at 1 as the sums do
constexpr std::array<ScaleVariable, 3> kOutVariables = {
    {RunningSum("scale_state@"), RunningSum("scale_accum@"), {.text = "", .kept = true, .start = kSumStart}}};
constexpr std::array<ScaleSlot, 3> kOutInputs = {
    {{slots::kInAccum, 1}, {slots::kInState, 0}, {slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 3> kOutOutputs = {
    {{slots::kOutAccum, 1}, {slots::kOutScale, kTheScale}, {slots::kOutState, 0}}};
constexpr std::array<ScaleAttribute, 2> kOutAttributes = {{kIsTest, kMovingRate}};
constexpr std::array<ScaleOp, 1> kOutOps = {
    {{op_types::kObserveMovingAverage, kOutInputs, kOutOutputs, kOutAttributes}}};
constexpr ScaleKind kOutScaleRow = {
    .word = "moving_average_abs_max", .form = Form::kFused, .variables = kOutVariables, .scale = 2, .ops = kOutOps};

}  // namespace

const ScaleKind& OutScaleRow() { return kOutScaleRow; }

std::span<const ScaleKind> ScaleKinds(QuantizationForm form) {
  if (form == Form::kFused) return kFusedRows;
  if (form == Form::kLinear) return kLinearRows;
  return kLegacyRows;
}

}  // namespace pdquant
