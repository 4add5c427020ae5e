// Which ops can compute with quantized operands: one row for each. Facts only; which of them a run quantizes is up to
// its options.
#ifndef PDQUANT_PADDLE_QUANTIZABLE_OPS_H_
#define PDQUANT_PADDLE_QUANTIZABLE_OPS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ir/index.h"

namespace pdquant {

// No op has more operands that are quantized.
inline constexpr size_t kMostOperands = 2;

// What may be quantized in a slot.
enum class OperandUse : uint8_t {
  kWeight,      // a parameter only
  kActivation,  // anything but a parameter
  kEither,
};

// Where the channels of a weight lie in the op's output: along its last axis, an axis by number, or none of those by
// which products are scaled back.
inline constexpr int32_t kLastAxis = -1;
inline constexpr int32_t kNoOutputAxis = -2;

struct QuantizableOperand {
  std::string_view slot;
  OperandUse use = OperandUse::kEither;
  // Along which axis the output's channels lie in a weight of `channel_rank` dimensions. A weight of another rank has
  // no such axis, so it has one scale for the whole tensor.
  int32_t channel_axis = 0;
  size_t channel_rank = 2;
  // The attribute that swaps the last two dimensions before the op computes; empty without one.
  std::string_view transposed = {};
  int32_t output_axis = kNoOutputAxis;
};

// Whether the op is quantized without being asked for.
enum class OpGroup : uint8_t {
  kReference,  // QuantizeTranspiler of paddlepaddle 1.8.5 quantizes it, whatever its operands are
  kDefault,    // it doesn't, and pdquant does where an operand is a weight
  kOnRequest,
};

struct QuantizableOp {
  std::string_view type;
  OpGroup group;
  // In byte order of the slots, in which the reference takes them. Entries without a slot come last.
  std::array<QuantizableOperand, kMostOperands> all_operands;
  std::string_view output;

  std::span<const QuantizableOperand> operands() const {
    return std::span(all_operands).first(all_operands[1].slot.empty() ? 1 : 2);
  }
  // Whether some operand may be a weight.
  bool takes_weights() const;
  // The number of the operand in that slot; nothing for another slot.
  std::optional<size_t> OperandIn(std::string_view slot) const;
};

// The ops whose output is linear in each operand: convolutions and matrix products.
std::span<const QuantizableOp> QuantizableOps();
// The quantizable op of that type, or null.
const QuantizableOp* FindQuantizable(std::string_view type);
// The type of the forward op whose gradient, or gradient's gradient, has that type: conv2d for conv2d_grad and
// conv2d_grad_grad, matmul_v2 for matmul_v2_triple_grad. Empty for other ops.
std::string_view ForwardTypeOf(std::string_view gradient);
// The quantizable op of that forward type, or null.
const QuantizableOp* FindQuantizableOfGradient(std::string_view type);
// The same for the first gradient only.
const QuantizableOp* FindQuantizableOfFirstGradient(std::string_view type);

// Whether `op` swaps the last two dimensions of that operand before it computes.
bool IsTransposed(const QuantizableOperand& operand, const OpView& op);

// The axis of the output's channels in a weight of `rank` dimensions that `op` reads as that operand; nothing where the
// weight has none, so that only a scale for the whole tensor fits.
std::optional<int32_t> ChannelAxis(const QuantizableOperand& operand, const OpView& op, size_t rank);

// Where the channels of an operand lie in the output of `op`: its output_axis, or the last axis where images have their
// channels behind (data_format).
int32_t OutputAxis(const QuantizableOperand& operand, const OpView& op);

// The types of ops with weights that quantization is for, in any Paddle: with those that have no row yet.
std::span<const std::string_view> OpsWithWeights();
// Whether a slot of an op without a row usually holds its weight.
bool IsWeightSlot(std::string_view slot);
bool IsConvolution(std::string_view type);
bool IsMatrixProduct(std::string_view type);
// Whether the op computes an activation with its product: what comes behind it never sees the product.
bool HasFusedActivation(const OpView& op);

// Ops without a weight whose data can be rounded: those of which paddlepaddle 2.6.2 knows that they can compute with
// quantized activations (static/quantization/utils.py). Facts only; none is quantized unless a run names its type. In
// byte order of the types. A slot may have several arguments (concat), each an operand.
std::span<const QuantizableOp> ActivationOps();
// The op of that type, or null.
const QuantizableOp* FindActivationOp(std::string_view type);

// How much work a product is, by the shapes that the program declares: the multiplications of an op that computes it,
// for one sample; a dimension that only a run knows counts as 1. 0 where the shapes aren't declared.
double MultiplyAdds(const Index& index, OpId op, const QuantizableOp& row);

// A row beside those of the table, for tests of what a row alone brings about. While it lives, FindQuantizable and its
// like know the row, in all threads. One at a time.
class ExtraQuantizableOp {
 public:
  // The row has to outlive the object.
  explicit ExtraQuantizableOp(const QuantizableOp& row);
  ExtraQuantizableOp(const ExtraQuantizableOp&) = delete;
  ExtraQuantizableOp& operator=(const ExtraQuantizableOp&) = delete;
  ~ExtraQuantizableOp();
};

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_QUANTIZABLE_OPS_H_
