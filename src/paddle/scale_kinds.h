// The ways in which the scale of a tensor, the threshold max|x|, is found: one row each. A row says which variables the
// scale needs and which ops compute it, so that whoever writes, recognises, cleans or reads a scale loops over rows.
#ifndef PDQUANT_PADDLE_SCALE_KINDS_H_
#define PDQUANT_PADDLE_SCALE_KINDS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "pdquant/framework.pb.h"

namespace pdquant {

// What a static scale starts with, in all kinds of Paddle.
inline constexpr float kScaleStart = 0.001F;

enum class ScaleShape : uint8_t {
  kOne,     // [1]
  kWindow,  // [window_size]
};

// How a variable shows, after training, that training never reached it.
enum class Untrained : uint8_t {
  kNothing,        // it shows nothing
  kStart,          // it still has the value that it starts with
  kWindowAtStart,  // all its elements still have it; one above the scale's own start would have changed the scale
};

// A variable of a scale.
struct ScaleVariable {
  // "" for the scale itself, which is named after the value (ValueNames::scale). Otherwise a prefix: the variable is
  // named PREFIX_N. Variables of one row share N, except those with a `shared` name, which count for themselves.
  std::string_view prefix;
  ScaleShape shape = ScaleShape::kOne;
  proto::VarType::Type data_type = proto::VarType::FP32;
  // Kept from step to step: declared in block 0, persistable, initialized with `start` by the startup program.
  // Otherwise it is declared beside the op and needs no value.
  bool kept = false;
  float start = 0;
  bool training_only = false;  // the test form has neither the variable nor the slots that name it
  Untrained untrained = Untrained::kNothing;
  // Outside of loops this one variable of the program stands in for all pairs. Empty where each pair has its own.
  std::string_view shared = {};
};

// What the slot of an op names: a variable of the row, by its position, or one of these.
inline constexpr int kSourceValue = -1;     // the value that is quantized
inline constexpr int kQuantizedValue = -2;  // its integers

struct ScaleSlot {
  std::string_view slot;
  int variable;
};

// Where the value of an attribute comes from.
enum class ScaleSetting : uint8_t { kBits, kIsTest, kWindowSize, kMovingRate, kConstant };

struct ScaleAttribute {
  std::string_view name;
  proto::AttrType type;  // BOOLEAN, INT or FLOAT
  ScaleSetting setting;
  double constant = 0;  // of kConstant
};

struct ScaleOp {
  std::string_view type;
  std::span<const ScaleSlot> inputs;   // in byte order, as Paddle writes them
  std::span<const ScaleSlot> outputs;  // likewise
  std::span<const ScaleAttribute> attributes;
  bool training_only = false;
};

struct ScaleKind {
  std::string_view word;  // on the command line and in reports: "abs_max"
  std::string_view help;  // half a sentence: how the scale is found
  // Found from the data at every run: nothing is kept, and nothing has to be trained.
  bool dynamic = false;
  std::span<const ScaleVariable> variables;  // in the order in which they are declared and initialized
  int scale = 0;                             // the position of the scale in `variables`
  // Ops that run once a step for all pairs, in front of everything; inside a loop, where one iteration is a step, they
  // stand in front of each pair. Only in training.
  std::span<const ScaleOp> step_ops = {};
  // The ops that find the scale and, last, the one that quantizes with it.
  std::span<const ScaleOp> ops;

  const ScaleOp& quantize_op() const { return ops.back(); }
  const ScaleVariable& scale_variable() const { return variables[static_cast<size_t>(scale)]; }
};

std::span<const ScaleKind> ScaleKinds();

// The row that finds the scale anew at each run: the default, and what is taken where nothing could train another.
const ScaleKind& DynamicScale();

// Null for an unknown word.
const ScaleKind* FindScaleKind(std::string_view word);
// The first row whose op that quantizes has this type: all that can be told from a program without training ops. Null
// for other ops.
const ScaleKind* FindScaleKindOfOp(std::string_view quantize_type);

// The slot of a row's op that quantizes which names the variable at `position`; empty where none does.
std::string_view InputSlotOf(const ScaleKind& kind, int position);
std::string_view OutputSlotOf(const ScaleKind& kind, int position);

// Whether only training needs what an op that quantizes has in this slot, in some row.
bool IsTrainingInput(std::string_view slot);
bool IsTrainingOutput(std::string_view slot);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_SCALE_KINDS_H_
