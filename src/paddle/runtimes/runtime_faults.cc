#include "paddle/runtimes/runtime_faults.h"

#include <algorithm>
#include <array>
#include <vector>

#include "ir/wire.h"
#include "paddle/import/import_names.h"
#include "paddle/names.h"
#include "paddle/quantization_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr std::string_view kOwnCopies = "give each op a copy: convert --target onednn does";
constexpr std::string_view kLeaveFloat = "leave the op in float: quantize --target does";
constexpr std::string_view kCopyBetween = "put a copy (assign) between: quantize and convert with --target onednn do";
constexpr std::string_view kTakeLinear = "take the linear form";
constexpr std::string_view kConvertForLite = "convert --target lite repairs it";

constexpr std::array<RuntimeFault, 36> kFaults = {{
    {Target::kPaddle, Situation::kNoZeroPoint, "target-zero-point", Level::kError,
     "Paddle Inference 2.6.2 refuses it: the op's input ZeroPoint is not set", "convert writes one"},
    {Target::kPaddle, Situation::kNoGreatestInteger, "target-integer-range", Level::kWarning,
     "Paddle Inference 3.3.1 computes the op with the integers of 8 bits where it has no attribute qmax, in "
     "silence (up to 99 % off); 2.6.2 goes by bit_length",
     "convert --target paddle writes it"},
    {Target::kPaddle, Situation::kChannelsAtRun, "target-channels-at-run", Level::kError,
     "Paddle Inference 2.6.2 and 3.3.1 can't run it with graph passes on: they set is_test, and it reads scales that "
     "nothing wrote ('holder_ should not be null')",
     "freeze stores the integers of weights; or take the pass away (delete_pass('is_test_pass') of the Config)"},
    {Target::kOneDnn, Situation::kInBlock, "target-in-block", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes quantized ops in loops and branches wrongly, in silence (100 % off)",
     kLeaveFloat, Remedy::kStaysFloat},
    {Target::kOneDnn, Situation::kSharedWeight, "target-shared-weight", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes products that share a weight wrongly, in silence (100 % off)", kOwnCopies},
    {Target::kOneDnn, Situation::kBatchedWeight, "target-weight-rank", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes a product by a weight of more than two dimensions wrongly, in silence (200 "
     "times off), or refuses it",
     kLeaveFloat, Remedy::kStaysFloat},
    {Target::kOneDnn, Situation::kWeightOnTheLeft, "target-weight-left", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes a product with its weight on the left wrongly, in silence (200 times off)",
     kLeaveFloat, Remedy::kStaysFloat},
    {Target::kOneDnn, Situation::kZeroChannel, "target-zero-channel", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes a product by a matrix with a channel of zeros, and a bias, wrongly, in "
     "silence (20 % off)",
     kLeaveFloat, Remedy::kStaysFloat},
    {Target::kOneDnn, Situation::kMatrixProduct, "target-inexact", Level::kWarning,
     "oneDNN int8 of Paddle 2.6.2 lets products of matrices overflow on processors without VNNI, in silence (up to 70 "
     "% off); with VNNI they are up to 11 % off",
     "leave the op in float: quantize --target does, unless it is asked for", Remedy::kFloatUnlessAsked},
    {Target::kOneDnn, Situation::kUnsignedFactor, "target-unsigned", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 refuses a product of two activations of which one is made by relu ('Matmul inputs "
     "should have the same attribute of signed/unsigned'), and of two such ('could not create a primitive descriptor')",
     kCopyBetween},
    {Target::kOneDnn, Situation::kBorrowedScale, "target-borrowed-scale", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 mixes up the scale of what the op reads with that of a value beside it (3 to 100 % "
     "off), in silence",
     kCopyBetween},
    {Target::kOneDnn, Situation::kPerChannelSquare, "target-square-matrix", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 takes the scales of a square matrix for those of its rows, in silence (50 % off)",
     "give it one scale: quantize --target onednn does", Remedy::kOneScale},
    {Target::kOneDnn, Situation::kAveraged, "target-inexact", Level::kWarning,
     "oneDNN int8 of Paddle 2.6.2 rounds the averages to the steps of what is averaged (up to 8 % off), in silence",
     "set skip_quant to 1: quantize and convert with --target onednn do"},
    {Target::kOneDnn, Situation::kIntegersInFloat, "target-integer-weight", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 refuses a product in float whose weight holds integers only ('Could not find "
     "threshold information for … var')",
     "put a copy (assign) between: quantize and convert with --target onednn do"},
    {Target::kOneDnn, Situation::kNoZeroPoint, "target-zero-point", Level::kError,
     "Paddle Inference 2.6.2 refuses it: the op's input ZeroPoint is not set", "convert writes one"},
    {Target::kTensorRt, Situation::kNoZeroPoint, "target-zero-point", Level::kError,
     "Paddle Inference 2.6.2 refuses it: the op's input ZeroPoint is not set", "convert writes one"},
    {Target::kLite, Situation::kRelu6WithoutThreshold, "target-relu6", Level::kError,
     "Paddle-Lite 2.12 refuses relu6 without its attribute threshold, which Paddle 2.6 drops when it saves",
     "weights, quantize and convert write it back with --target lite"},
    {Target::kLite, Situation::kNoZeroPoint, "target-zero-point", Level::kError,
     "Paddle-Lite 2.12 refuses it: 'No kernels found for dequantize_linear'", kConvertForLite},
    {Target::kLite, Situation::kSharedZeroPoint, "target-shared-zero-point", Level::kError,
     "opt of Paddle-Lite 2.12 dies of a zero point that a weight and an activation share", kConvertForLite},
    {Target::kLite, Situation::kPerTensorBeforeBatchNorm, "target-scale-shape", Level::kError,
     "opt of Paddle-Lite 2.12 crashes on batch_norm behind a convolution whose filter has one scale, in the linear "
     "form",
     kConvertForLite},
    {Target::kLite, Situation::kInBranch, "target-in-block", Level::kError,
     "opt of Paddle-Lite 2.12 takes away the ops that quantize in a branch, and leaves what reads them", kLeaveFloat,
     Remedy::kStaysFloat},
    {Target::kLite, Situation::kTwoActivations, "target-form", Level::kError,
     "opt of Paddle-Lite 2.12 dies of a product of two activations in the legacy form ('no enough for mallocing')",
     kTakeLinear, Remedy::kStaysFloat, true},
    {Target::kLite, Situation::kComputedFilter, "target-form", Level::kError,
     "opt of Paddle-Lite 2.12 dies of a filter that ops make, in the legacy form ('No kernels found for "
     "fake_dequantize_max_abs')",
     kTakeLinear, Remedy::kStaysFloat, true},
    {Target::kLite, Situation::kQuantizedTransposedDepthwise, "target-form", Level::kError,
     "opt of Paddle-Lite 2.12 dies of depthwise_conv2d_transpose in the legacy form ('No kernels found for "
     "fake_channel_wise_dequantize_max_abs')",
     kTakeLinear, Remedy::kStaysFloat, true},
    {Target::kLite, Situation::kSharedChannelScales, "target-shared-weight", Level::kError,
     "opt of Paddle-Lite 2.12 dies of scales of channels that several ops read, in the legacy form ('No kernels found "
     "for fake_channel_wise_dequantize_max_abs')",
     kConvertForLite, Remedy::kOther, true},
    {Target::kLite, Situation::kWeightOnTheLeft, "target-weight-left", Level::kError,
     "opt of Paddle-Lite 2.12 dies of a weight on the left of a product, in the legacy form", kLeaveFloat,
     Remedy::kStaysFloat, true},
    {Target::kLite, Situation::kWeightOnlyProduct, "target-weight-only", Level::kError,
     "Paddle-Lite 2.12 doesn't scale the weight back, and computes NaN, in silence", "pdquant weights makes it mul"},
    {Target::kLite, Situation::kSharedStoredWeight, "target-shared-weight", Level::kError,
     "Paddle-Lite 2.12 scales the weight back once for each op that reads it, in silence",
     "pdquant weights gives each op a copy"},
    {Target::kLite, Situation::kAnyQuantized, "target-lite-x86", Level::kNote,
     "Paddle-Lite 2.12 on x86 computes no quantized program right, in silence (15 % off to NaN): for arm only",
     "weights stores integers that x86 computes with rightly"},
    {Target::kLite, Situation::kTransposedDepthwise, "target-lite-x86", Level::kNote,
     "Paddle-Lite 2.12 has no depthwise_conv2d_transpose on x86", ""},
    {Target::kLite, Situation::kShapelessConstant, "target-lite-x86", Level::kNote,
     "Paddle-Lite 2.12 refuses a fill_constant without a shape on x86 ('no valid out_shape')", ""},
    {Target::kOnnx, Situation::kInBlock, "target-in-block", Level::kError,
     "ONNX Runtime 1.23.2 refuses quantized ops in loops, as Paddle2ONNX 1.2.11 writes them ('Graph must be in single "
     "static assignment (SSA) form')",
     kLeaveFloat, Remedy::kStaysFloat},
    {Target::kOnnx, Situation::kBatchedWeight, "target-weight-rank", Level::kError,
     "Paddle2ONNX 1.2.11 writes a product by a weight of more than two dimensions wrongly, in silence (160 % off)",
     kLeaveFloat, Remedy::kStaysFloat},
    {Target::kOnnx, Situation::kWeightOnTheLeft, "target-weight-left", Level::kError,
     "Paddle2ONNX 1.2.11 writes a product with the weight on its left wrongly, in silence (160 % off)", kLeaveFloat,
     Remedy::kStaysFloat},
    {Target::kOnnx, Situation::kReduceWithoutTypes, "target-reduce", Level::kError,
     "Paddle2ONNX 1.2.11 aborts: 'Cannot found attribute in_dtype in op'", "export the program with Paddle 2.x anew"},
    {Target::kOnnx, Situation::kDilatedSame, "target-conv-padding", Level::kError,
     "Paddle2ONNX 1.2.11 writes what ONNX Runtime 1.23.2 refuses: padding SAME with dilations", "pad by numbers"},
}};

bool IsDilatedSame(const OpView& op) {
  const auto padding = op.attr("padding_algorithm");
  if (!padding || padding->AsString() != "SAME") return false;
  const auto attr = op.attr("dilations");
  const std::vector<int32_t> dilations = attr ? attr->AsInts() : std::vector<int32_t>();
  return std::any_of(dilations.begin(), dilations.end(), [](int32_t dilation) { return dilation != 1; });
}

bool IsShapeless(const Index& index, OpId op) {
  const OpView view = index.program().op(op);
  const auto shape = view.attr(attributes::kShape);
  if (!index.inputs(op).empty()) return false;
  size_t count = 0;  // encoded as longs
  if (shape) {
    FieldReader reader(shape->message());
    Field field;
    while (reader.Next(&field)) count += field.number == proto::OpDesc::Attr::kLongsFieldNumber ? 1U : 0U;
  }
  return count == 0 && (!shape || shape->AsInts().empty());
}

// An observer passes on what it reads, whatever its integers are.
bool LacksGreatestInteger(std::string_view type, const OpView& op) {
  const QuantizationOp* kind = FindQuantizationOp(type);
  if (kind == nullptr || !kind->linear() || op.attr(attributes::kQmax)) return false;
  constexpr int32_t kOfBytes = 8;
  return op.IntOr(attributes::kBitLength, kOfBytes) != kOfBytes && !op.BoolOr(attributes::kOnlyObserver, false);
}

}  // namespace

const RuntimeFault* FindFault(Target target, Situation situation) {
  const auto* found = std::find_if(kFaults.begin(), kFaults.end(), [&](const RuntimeFault& fault) {
    return fault.target == target && fault.situation == situation;
  });
  return found == kFaults.end() ? nullptr : found;
}

bool IsIn(Situation situation, const Index& index, OpId op) {
  const std::string_view type = index.type(op);
  const OpView view = index.program().op(op);
  switch (situation) {
    case Situation::kRelu6WithoutThreshold:
      return type == op_types::kRelu6 && !view.attr(attributes::kThreshold);
    case Situation::kReduceWithoutTypes:
      return type.starts_with("reduce_") && !(view.attr(attributes::kInDtype) && view.attr(attributes::kOutDtype));
    case Situation::kDilatedSame:
      return type.find("conv2d") != std::string_view::npos && IsDilatedSame(view);
    case Situation::kTransposedDepthwise:
      return type == "depthwise_conv2d_transpose";
    case Situation::kShapelessConstant:
      return type == op_types::kFillConstant && IsShapeless(index, op);
    case Situation::kChannelsAtRun:
      return type == op_types::kQuantizeChannels;
    case Situation::kNoGreatestInteger:
      return LacksGreatestInteger(type, view);
    default:
      return false;
  }
}

bool AddsBias(std::string_view type) { return type == "elementwise_add"; }

}  // namespace pdquant
