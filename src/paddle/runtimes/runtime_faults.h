// What runtimes refuse, and what they compute wrongly without a word: one row for each fault of each runtime that was
// seen, with the version. What is refused by the kind of an op, its bits or its form stands in the rows of runtimes.h.
#ifndef PDQUANT_PADDLE_RUNTIMES_RUNTIME_FAULTS_H_
#define PDQUANT_PADDLE_RUNTIMES_RUNTIME_FAULTS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "base/finding.h"
#include "ir/index.h"
#include "paddle/runtimes/runtimes.h"

namespace pdquant {

namespace op_types {
inline constexpr std::string_view kRelu6 = "relu6";
}  // namespace op_types

namespace attributes {
// Of relu6: where it cuts off. Paddle 2.6 doesn't save it.
inline constexpr std::string_view kThreshold = "threshold";
inline constexpr float kRelu6Threshold = 6.0F;
}  // namespace attributes

// What brings a fault about.
enum class Situation : uint8_t {
  // Of one op, quantized or not:
  kRelu6WithoutThreshold,
  kReduceWithoutTypes,  // reduce_* without in_dtype and out_dtype
  kDilatedSame,         // a convolution padded to SAME, with holes
  kTransposedDepthwise,
  kShapelessConstant,
  // Of an op whose weight is stored as integers (weight_only.h):
  kWeightOnlyProduct,  // of a type whose weights aren't scaled back
  kSharedStoredWeight,
  // Of a quantized op:
  kAnyQuantized,
  kInBlock,                   // it stands in a loop or a branch
  kSharedWeight,              // a matrix that several products read
  kBatchedWeight,             // of more than two dimensions
  kWeightOnTheLeft,           // X of a matrix product
  kMixedSigns,                // of two activations one is never negative, and the other may be
  kPerChannelMatrix,          // a matrix with a scale for each channel
  kBiasedMatrix,              // a product that a parameter is added to
  kZeroChannel,               // a channel of a matrix that is all zeros
  kPerTensorBeforeBatchNorm,  // a filter with one scale, in the linear form, and batch_norm behind the convolution
  kNoZeroPoint,
  kSharedZeroPoint,  // by a weight and an activation
};

struct RuntimeFault {
  Target target;
  Situation situation;
  std::string_view code;  // of the finding
  Level level;
  std::string_view text;  // what is seen, as a sentence without its end
  std::string_view hint;
  bool legacy_only = false;
};

// By target, in the order of Target.
std::span<const RuntimeFault> RuntimeFaults();
// Null where the runtime has no such fault.
const RuntimeFault* FindFault(Target target, Situation situation);

// Whether an op is in one of the situations that itself tells.
bool IsIn(Situation situation, const Index& index, OpId op);
// Whether what an op of that type writes is never negative, whatever it reads.
bool IsNeverNegativeOp(std::string_view type);
// Whether what an op of that type writes is its operand X, moved about, cut or picked from.
bool KeepsSign(std::string_view type);
// Whether the op is elementwise_add: then a product may be its X, and Y the bias.
bool AddsBias(std::string_view type);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_RUNTIMES_RUNTIME_FAULTS_H_
