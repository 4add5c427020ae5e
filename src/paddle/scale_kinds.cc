#include "paddle/scale_kinds.h"

#include <algorithm>
#include <array>

#include "paddle/names.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

// The names, types, values and orders are those of the QuantizeTranspiler of paddlepaddle 1.8.5.
constexpr float kSumStart = 1.0F;

constexpr ScaleAttribute kBitsAttribute = {attributes::kBitLength, proto::INT, ScaleSetting::kBits};
constexpr ScaleAttribute kTestAttribute = {attributes::kIsTest, proto::BOOLEAN, ScaleSetting::kIsTest};

constexpr ScaleVariable kKeptScale = {.prefix = "", .kept = true, .start = kScaleStart, .untrained = Untrained::kStart};

// abs_max: the op finds max|x| itself.
constexpr std::array<ScaleVariable, 1> kAbsMaxVariables = {{{.prefix = ""}}};
constexpr std::array<ScaleSlot, 1> kAbsMaxInputs = {{{slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 2> kAbsMaxOutputs = {{{slots::kOut, kQuantizedValue}, {slots::kOutScale, 0}}};
constexpr std::array<ScaleAttribute, 1> kAbsMaxAttributes = {{kBitsAttribute}};
constexpr std::array<ScaleOp, 1> kAbsMaxOps = {
    {{op_types::kQuantizeAbsMax, kAbsMaxInputs, kAbsMaxOutputs, kAbsMaxAttributes}}};

// range_abs_max: the largest of a window of max|x|, which the step counter walks through.
constexpr std::array<ScaleVariable, 3> kRangeVariables = {{
    kKeptScale,
    {.prefix = "scales",
     .shape = ScaleShape::kWindow,
     .kept = true,
     .training_only = true,
     .untrained = Untrained::kWindowAtStart},
    {.prefix = "loop_counter",
     .data_type = proto::VarType::INT64,
     .kept = true,
     .training_only = true,
     .shared = kStepCounter},
}};
constexpr int kWindow = 1;
constexpr int kCounter = 2;
constexpr std::array<ScaleSlot, 1> kCounterInput = {{{slots::kX, kCounter}}};
constexpr std::array<ScaleSlot, 1> kCounterOutput = {{{slots::kOut, kCounter}}};
constexpr std::array<ScaleAttribute, 1> kCounterAttributes = {
    {{attributes::kStep, proto::FLOAT, ScaleSetting::kConstant, 1}}};
constexpr std::array<ScaleOp, 1> kRangeStepOps = {
    {{op_types::kIncrement, kCounterInput, kCounterOutput, kCounterAttributes, true}}};
constexpr std::array<ScaleSlot, 3> kRangeInputs = {
    {{slots::kInScale, 0}, {slots::kIter, kCounter}, {slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 3> kRangeOutputs = {
    {{slots::kOut, kQuantizedValue}, {slots::kOutScale, 0}, {slots::kOutScales, kWindow}}};
constexpr std::array<ScaleAttribute, 3> kRangeAttributes = {
    {kBitsAttribute, kTestAttribute, {attributes::kWindowSize, proto::INT, ScaleSetting::kWindowSize}}};
constexpr std::array<ScaleOp, 1> kRangeOps = {
    {{op_types::kQuantizeRange, kRangeInputs, kRangeOutputs, kRangeAttributes}}};

// moving_average_abs_max: accum / state, both of which forget at the moving rate.
constexpr std::array<ScaleVariable, 3> kMovingVariables = {{
    {.prefix = "state", .kept = true, .start = kSumStart, .training_only = true, .untrained = Untrained::kStart},
    {.prefix = "accum", .kept = true, .start = kSumStart, .training_only = true, .untrained = Untrained::kStart},
    kKeptScale,
}};
constexpr int kState = 0;
constexpr int kAccum = 1;
constexpr int kMovingScale = 2;
constexpr std::array<ScaleSlot, 4> kMovingInputs = {
    {{slots::kInAccum, kAccum}, {slots::kInScale, kMovingScale}, {slots::kInState, kState}, {slots::kX, kSourceValue}}};
constexpr std::array<ScaleSlot, 4> kMovingOutputs = {{{slots::kOut, kQuantizedValue},
                                                      {slots::kOutAccum, kAccum},
                                                      {slots::kOutScale, kMovingScale},
                                                      {slots::kOutState, kState}}};
constexpr std::array<ScaleAttribute, 3> kMovingAttributes = {
    {kBitsAttribute, kTestAttribute, {attributes::kMovingRate, proto::FLOAT, ScaleSetting::kMovingRate}}};
constexpr std::array<ScaleOp, 1> kMovingOps = {
    {{op_types::kQuantizeMovingAverage, kMovingInputs, kMovingOutputs, kMovingAttributes}}};

constexpr std::array<ScaleKind, 3> kScaleKinds = {{
    {.word = "abs_max", .help = "anew at each step", .dynamic = true, .variables = kAbsMaxVariables, .ops = kAbsMaxOps},
    {.word = "range_abs_max",
     .help = "the largest of a window of steps",
     .variables = kRangeVariables,
     .step_ops = kRangeStepOps,
     .ops = kRangeOps},
    {.word = "moving_average_abs_max",
     .help = "a running average",
     .variables = kMovingVariables,
     .scale = kMovingScale,
     .ops = kMovingOps},
}};

std::string_view SlotOf(std::span<const ScaleSlot> slots, int position) {
  const auto found =
      std::find_if(slots.begin(), slots.end(), [=](const ScaleSlot& s) { return s.variable == position; });
  return found == slots.end() ? std::string_view() : found->slot;
}

bool IsTrainingSlot(std::span<const ScaleSlot> slots, std::span<const ScaleVariable> variables, std::string_view slot) {
  return std::any_of(slots.begin(), slots.end(), [&](const ScaleSlot& s) {
    return s.slot == slot && s.variable >= 0 && variables[static_cast<size_t>(s.variable)].training_only;
  });
}

}  // namespace

std::span<const ScaleKind> ScaleKinds() { return kScaleKinds; }

const ScaleKind& DynamicScale() { return kScaleKinds[0]; }

const ScaleKind* FindScaleKind(std::string_view word) {
  const auto* found =
      std::find_if(kScaleKinds.begin(), kScaleKinds.end(), [=](const ScaleKind& kind) { return kind.word == word; });
  return found == kScaleKinds.end() ? nullptr : found;
}

const ScaleKind* FindScaleKindOfOp(std::string_view quantize_type) {
  const auto* found = std::find_if(kScaleKinds.begin(), kScaleKinds.end(),
                                   [=](const ScaleKind& kind) { return kind.quantize_op().type == quantize_type; });
  return found == kScaleKinds.end() ? nullptr : found;
}

std::string_view InputSlotOf(const ScaleKind& kind, int position) {
  return SlotOf(kind.quantize_op().inputs, position);
}

std::string_view OutputSlotOf(const ScaleKind& kind, int position) {
  return SlotOf(kind.quantize_op().outputs, position);
}

bool IsTrainingInput(std::string_view slot) {
  return std::any_of(kScaleKinds.begin(), kScaleKinds.end(), [=](const ScaleKind& kind) {
    return IsTrainingSlot(kind.quantize_op().inputs, kind.variables, slot);
  });
}

bool IsTrainingOutput(std::string_view slot) {
  return std::any_of(kScaleKinds.begin(), kScaleKinds.end(), [=](const ScaleKind& kind) {
    return IsTrainingSlot(kind.quantize_op().outputs, kind.variables, slot);
  });
}

}  // namespace pdquant
