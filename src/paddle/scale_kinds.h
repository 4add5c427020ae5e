// The ways in which the scale of a tensor, the threshold max|x|, is found: one row for each way in each form. A row
// says which variables the scale needs, which ops compute it, and which quantize the value and scale it back, so that
// whoever writes, recognises, cleans or reads a scale loops over rows.
#ifndef PDQUANT_PADDLE_SCALE_KINDS_H_
#define PDQUANT_PADDLE_SCALE_KINDS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "paddle/quantization_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

// What a static scale starts with, in all kinds of Paddle.
inline constexpr float kScaleStart = 0.001F;

enum class ScaleShape : uint8_t {
  kOne,       // [1]
  kWindow,    // [window_size]
  kChannels,  // [channels]
  kScale,     // that of the scale
  kValue,     // that of the value
};

// What a variable of a scale is named after.
enum class NamedAfter : uint8_t {
  kNumber,       // TEXT_N. Variables of one row share N, except those with a `shared` name, which count for themselves
  kScale,        // the scale (ValueNames::scale), with TEXT behind it
  kQuantized,    // the integers, with TEXT behind them
  kDequantized,  // the rounded value, with TEXT behind it
};

// How a variable shows, after training, that training never reached it.
enum class Untrained : uint8_t {
  kNothing,        // it shows nothing
  kStart,          // it still has the value that it starts with
  kWindowAtStart,  // all its elements still have it; one above the scale's own start would have changed the scale
};

// A variable of a scale.
struct ScaleVariable {
  std::string_view text;  // "" for the scale itself
  NamedAfter named = NamedAfter::kScale;
  ScaleShape shape = ScaleShape::kOne;
  proto::VarType::Type data_type = proto::VarType::FP32;
  // Kept from step to step: declared in block 0, persistable, initialized with `start` by the startup program.
  // Otherwise it is declared beside the op and needs no value.
  bool kept = false;
  float start = 0;
  bool running_sum = false;    // may start at 0 instead: then the first scale is the first max|x|
  bool training_only = false;  // the test form has neither the variable nor the slots that name it
  Untrained untrained = Untrained::kNothing;
  // Outside of loops this one variable of the program stands in for all pairs. Empty where each pair has its own.
  std::string_view shared = {};
};

// What the slot of an op names: a variable of the row, by its position, or one of these.
inline constexpr int kSourceValue = -1;     // the value that is quantized
inline constexpr int kQuantizedValue = -2;  // its integers
inline constexpr int kRoundedValue = -3;    // the value, rounded
inline constexpr int kTheScale = -4;        // the row's scale

struct ScaleSlot {
  std::string_view slot;
  int variable;
  bool training_only = false;  // so is one whose variable is
};

// Where the value of an attribute comes from.
enum class ScaleSetting : uint8_t {
  kBits,
  kMaxInteger,  // 2^(bits - 1) - 1
  kAxis,        // of a scale with channels; kWholeTensor of others
  kIsTest,
  kWindowSize,
  kMovingRate,
  kConstant,
};

struct ScaleAttribute {
  std::string_view name;
  proto::AttrType type;  // BOOLEAN, INT, FLOAT, or INTS of one number
  ScaleSetting setting;
  double constant = 0;  // of kConstant
};

// The role of an op that takes that of the op it serves.
inline constexpr int32_t kServedRole = -1;

struct ScaleOp {
  std::string_view type;
  std::span<const ScaleSlot> inputs;   // in byte order, as Paddle writes them
  std::span<const ScaleSlot> outputs;  // likewise
  std::span<const ScaleAttribute> attributes;
  bool training_only = false;
  int32_t role = kServedRole;
};

struct ScaleKind {
  std::string_view word;  // on the command line and in reports: "abs_max"
  QuantizationForm form = QuantizationForm::kLegacy;
  std::string_view help = {};  // half a sentence: how the scale is found
  bool for_weights = true;
  bool for_activations = true;
  bool of_step = false;                      // training finds it anew at each step
  bool dynamic = false;                      // so does every other run: nothing has to be trained
  std::span<const ScaleVariable> variables;  // in the order in which they are declared and initialized
  int scale = 0;                             // the position of the scale in `variables`
  // Ops that run once a step for all pairs, in front of everything; inside a loop, where one iteration is a step, they
  // stand in front of each pair. Only in training.
  std::span<const ScaleOp> step_ops = {};
  // The ops that find the scale and, last, the one that quantizes with it.
  std::span<const ScaleOp> ops;
  std::span<const ScaleOp> back_ops = {};  // the op that scales back, where that is one of its own

  const ScaleOp& quantize_op() const { return ops.back(); }
  const ScaleVariable& scale_variable() const { return variables[static_cast<size_t>(scale)]; }
  bool per_channel() const { return scale_variable().shape == ScaleShape::kChannels; }
};

// The rows of a form (scale_rows.cc). The legacy form has each word.
std::span<const ScaleKind> ScaleKinds(QuantizationForm form = QuantizationForm::kLegacy);

// ScaleOfStep of the whole tensor: the default of those who may have it, and what is taken where nothing could train
// another.
const ScaleKind& DynamicScale(QuantizationForm form = QuantizationForm::kLegacy);

// The row whose scale is that of the present value, in training at least: of the whole tensor, or of each channel.
const ScaleKind& ScaleOfStep(QuantizationForm form, bool per_channel);

// Null for a word that is unknown, or that the form doesn't have.
const ScaleKind* FindScaleKind(std::string_view word, QuantizationForm form = QuantizationForm::kLegacy);
// The first row whose op that quantizes has this type: all that can be told from a program without training ops. Null
// for other ops.
const ScaleKind* FindScaleKindOfOp(std::string_view quantize_type);

// The slot of a row's op that quantizes which names the variable at `position`; empty where none does.
std::string_view InputSlotOf(const ScaleKind& kind, int position);
std::string_view OutputSlotOf(const ScaleKind& kind, int position);

// Whether only training needs what an op of that type, which quantizes, has in this slot.
bool IsTrainingInput(std::string_view type, std::string_view slot);
bool IsTrainingOutput(std::string_view type, std::string_view slot);

// V.out_scale: the scale of what an op writes.
inline constexpr std::string_view kOutScaleSuffix = ".out_scale";
// The op that only follows the scale of what an op writes, as a running average; its scale is named after that value.
const ScaleKind& OutScaleRow();

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_SCALE_KINDS_H_
