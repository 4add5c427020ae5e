#include "paddle/runtimes/runtime_faults.h"

#include <algorithm>
#include <array>
#include <vector>

#include "ir/wire.h"
#include "paddle/names.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr std::array<std::string_view, 9> kNeverNegative = {"relu",     "relu6", "sigmoid", "hard_sigmoid", "softmax",
                                                            "softplus", "abs",   "square",  "exp"};
constexpr std::array<std::string_view, 11> kKeepsSign = {
    "pool2d", "reshape2", "transpose2", "squeeze2",         "unsqueeze2", "flatten2", "flatten_contiguous_range",
    "assign", "dropout",  "slice",      "nearest_interp_v2"};

constexpr std::string_view kOwnCopies = "give each op a copy: convert --target onednn does";
constexpr std::string_view kLeaveFloat = "leave the op in float: quantize --target does";
constexpr std::string_view kConvertForLite = "convert --target lite repairs it";

constexpr std::array<RuntimeFault, 26> kFaults = {{
    {Target::kPaddle, Situation::kNoZeroPoint, "target-zero-point", Level::kError,
     "Paddle Inference 2.6.2 refuses it: the op's input ZeroPoint is not set", "convert writes one"},
    {Target::kOneDnn, Situation::kInBlock, "target-in-block", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes quantized ops in loops and branches wrongly, in silence (100 % off)",
     kLeaveFloat},
    {Target::kOneDnn, Situation::kSharedWeight, "target-shared-weight", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes products that share a weight wrongly, in silence (100 % off)", kOwnCopies},
    {Target::kOneDnn, Situation::kBatchedWeight, "target-weight-rank", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes a product by a weight of more than two dimensions wrongly, in silence (200 "
     "times off), or refuses it",
     kLeaveFloat},
    {Target::kOneDnn, Situation::kWeightOnTheLeft, "target-weight-left", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes a product with its weight on the left wrongly, in silence (200 times off)",
     kLeaveFloat},
    {Target::kOneDnn, Situation::kMixedSigns, "target-mixed-signs", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 refuses a product of an activation that is never negative and one that may be "
     "('Matmul inputs should have the same attribute of signed/unsigned')",
     kLeaveFloat},
    {Target::kOneDnn, Situation::kZeroChannel, "target-zero-channel", Level::kError,
     "oneDNN int8 of Paddle 2.6.2 computes a product by a matrix with a channel of zeros wrongly, in silence (22 % "
     "off)",
     kLeaveFloat},
    {Target::kOneDnn, Situation::kPerChannelMatrix, "target-inexact", Level::kWarning,
     "oneDNN int8 of Paddle 2.6.2 is 4 to 15 % off on matrices with a scale for each channel, in silence",
     "quantize --target onednn gives matrices one scale"},
    {Target::kOneDnn, Situation::kBiasedMatrix, "target-inexact", Level::kWarning,
     "oneDNN int8 of Paddle 2.6.2 makes the product and its bias an fc, which is 1 to 5 % off, in silence", ""},
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
    {Target::kLite, Situation::kWeightOnTheLeft, "target-weight-left", Level::kError,
     "opt of Paddle-Lite 2.12 dies of a weight on the left of a product, in the legacy form", kLeaveFloat, true},
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
     kLeaveFloat},
    {Target::kOnnx, Situation::kBatchedWeight, "target-weight-rank", Level::kError,
     "Paddle2ONNX 1.2.11 writes a product by a weight of more than two dimensions wrongly, in silence (160 % off)",
     kLeaveFloat},
    {Target::kOnnx, Situation::kWeightOnTheLeft, "target-weight-left", Level::kError,
     "Paddle2ONNX 1.2.11 writes a product with the weight on its left wrongly, in silence (160 % off)", kLeaveFloat},
    {Target::kOnnx, Situation::kReduceWithoutTypes, "target-reduce", Level::kError,
     "Paddle2ONNX 1.2.11 aborts: 'Cannot found attribute in_dtype in op'", "export the program with Paddle 2.x anew"},
    {Target::kOnnx, Situation::kDilatedSame, "target-conv-padding", Level::kError,
     "Paddle2ONNX 1.2.11 writes what ONNX Runtime 1.23.2 refuses: padding SAME with dilations", "pad by numbers"},
}};

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

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

}  // namespace

std::span<const RuntimeFault> RuntimeFaults() { return kFaults; }

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
    default:
      return false;
  }
}

bool IsNeverNegativeOp(std::string_view type) { return Contains(kNeverNegative, type); }
bool KeepsSign(std::string_view type) { return Contains(kKeepsSign, type); }
bool AddsBias(std::string_view type) { return type == "elementwise_add"; }

}  // namespace pdquant
