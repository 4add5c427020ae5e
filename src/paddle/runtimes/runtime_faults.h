// What runtimes refuse, and what they compute wrongly without a word: one row for each fault of each runtime that was
// seen, with the version. What is refused by the kind of an op, its bits or its form stands in the rows of runtimes.h.
#ifndef PDQUANT_PADDLE_RUNTIMES_RUNTIME_FAULTS_H_
#define PDQUANT_PADDLE_RUNTIMES_RUNTIME_FAULTS_H_

#include <cstdint>
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
  kChannelsAtRun,      // that finds the scales of channels at every run, in the legacy form and for inference
  kNoGreatestInteger,  // of the linear form, with other than 8 bits and without qmax
  // Of an op whose weight is stored as integers (weight_only.h):
  kWeightOnlyProduct,  // of a type whose weights aren't scaled back
  kSharedStoredWeight,
  // Of a quantized op:
  kAnyQuantized,
  kInBlock,  // it stands in a loop or a branch
  kInBranch,
  kSharedWeight,         // a matrix that several products read
  kSharedChannelScales,  // several products are scaled back with them, in the legacy form
  kComputedFilter,       // a convolution whose filter is no parameter
  kTwoActivations,       // a product of matrices without a weight
  kQuantizedTransposedDepthwise,
  kBatchedWeight,             // of more than two dimensions
  kWeightOnTheLeft,           // X of a matrix product
  kUnsignedFactor,            // one of two activations that oneDNN quantizes without a sign
  kBorrowedScale,             // an activation that oneDNN gives the scale of another value
  kPerChannelSquare,          // a square matrix, not transposed, with a scale for each channel
  kMatrixProduct,             // of any two matrices
  kZeroChannel,               // a matrix, not transposed, of which a channel is rounded to zeros, and a bias behind
  kPerTensorBeforeBatchNorm,  // a filter with one scale, in the linear form, and batch_norm behind the convolution
  kNoZeroPoint,
  kSharedZeroPoint,  // by a weight and an activation
  // Of an op beside them:
  kAveraged,         // an average pooling whose operand has a scale
  kIntegersInFloat,  // a product in float whose weight holds integers only
};

// How a model that is made for the runtime avoids a fault.
enum class Remedy : uint8_t {
  kOther,             // it is written differently, or nothing is done
  kStaysFloat,        // the op isn't quantized
  kFloatUnlessAsked,  // the same, unless a rule of the user asks for it: on some processors it is right
  kOneScale,          // its weight has one scale
};

struct RuntimeFault {
  Target target;
  Situation situation;
  std::string_view code;  // of the finding
  Level level;
  std::string_view text;  // what is seen, as a sentence without its end
  std::string_view hint;
  Remedy remedy = Remedy::kOther;
  bool legacy_only = false;
};

// Null where the runtime has no such fault.
const RuntimeFault* FindFault(Target target, Situation situation);

// Whether an op is in one of the situations that itself tells.
bool IsIn(Situation situation, const Index& index, OpId op);
// Whether the op is elementwise_add: then a product may be its X, and Y the bias.
bool AddsBias(std::string_view type);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_RUNTIMES_RUNTIME_FAULTS_H_
