// More names of Paddle's: of ops, slots and attributes that import writes (pir/import).
#ifndef PDQUANT_PADDLE_IMPORT_IMPORT_NAMES_H_
#define PDQUANT_PADDLE_IMPORT_IMPORT_NAMES_H_

#include <string_view>

#include "paddle/names.h"

namespace pdquant {

namespace op_types {
inline constexpr std::string_view kAssign = "assign";
inline constexpr std::string_view kAssignValue = "assign_value";
inline constexpr std::string_view kConcat = "concat";
inline constexpr std::string_view kConditionalBlock = "conditional_block";
inline constexpr std::string_view kDeformableConvV1 = "deformable_conv_v1";
inline constexpr std::string_view kFlip = "flip";
inline constexpr std::string_view kArrayLength = "lod_array_length";
inline constexpr std::string_view kArrayRead = "read_from_array";
inline constexpr std::string_view kArrayToTensor = "tensor_array_to_tensor";
inline constexpr std::string_view kArrayWrite = "write_to_array";
inline constexpr std::string_view kLogicalNot = "logical_not";
inline constexpr std::string_view kReshape2 = "reshape2";
inline constexpr std::string_view kSelectInput = "select_input";
inline constexpr std::string_view kStack = "stack";
inline constexpr std::string_view kUnsqueeze2 = "unsqueeze2";
inline constexpr std::string_view kWhile = "while";
}  // namespace op_types

namespace slots {
inline constexpr std::string_view kXShape = "XShape";
// Of control ops and arrays.
inline constexpr std::string_view kCondition = "Condition";
inline constexpr std::string_view kBranchCondition = "Cond";
inline constexpr std::string_view kScope = "Scope";
inline constexpr std::string_view kStepScopes = "StepScopes";
inline constexpr std::string_view kMask = "Mask";
inline constexpr std::string_view kIndex = "I";
inline constexpr std::string_view kOutIndex = "OutIndex";
// Of range.
inline constexpr std::string_view kStart = "Start";
inline constexpr std::string_view kEnd = "End";
inline constexpr std::string_view kStepSlot = "Step";
// Of reshape2, expand_v2 and fill_constant.
inline constexpr std::string_view kShapeInput = "Shape";
inline constexpr std::string_view kShapeTensor = "ShapeTensor";
inline constexpr std::string_view kExpandShapes = "expand_shapes_tensor";
inline constexpr std::string_view kValueTensor = "ValueTensor";
// Of interpolations.
inline constexpr std::string_view kOutSize = "OutSize";
inline constexpr std::string_view kSizeTensor = "SizeTensor";
// Of batch_norm and einsum.
inline constexpr std::string_view kMeanOut = "MeanOut";
inline constexpr std::string_view kVarianceOut = "VarianceOut";
inline constexpr std::string_view kOperands = "Operands";
inline constexpr std::string_view kInnerCache = "InnerCache";
}  // namespace slots

namespace attributes {
// Of feed and fetch: the number of the input or output.
inline constexpr std::string_view kColumn = "col";
// Of control ops.
inline constexpr std::string_view kSubBlock = "sub_block";
inline constexpr std::string_view kScalarCondition = "is_scalar_condition";
// Of ops that work along axes.
inline constexpr std::string_view kAxis = "axis";
inline constexpr std::string_view kAxes = "axes";
inline constexpr std::string_view kDim = "dim";
inline constexpr std::string_view kReduceAll = "reduce_all";
inline constexpr std::string_view kStarts = "starts";
inline constexpr std::string_view kEnds = "ends";
inline constexpr std::string_view kStrides = "strides";
inline constexpr std::string_view kInferFlags = "infer_flags";
inline constexpr std::string_view kDecreaseAxis = "decrease_axis";
inline constexpr std::string_view kUseStack = "use_stack";
// Of assign_value: a list for each type of elements.
inline constexpr std::string_view kBoolValues = "bool_values";
inline constexpr std::string_view kFloatValues = "fp32_values";
inline constexpr std::string_view kInt32Values = "int32_values";
inline constexpr std::string_view kInt64Values = "int64_values";
// Of set_value.
inline constexpr std::string_view kValues = "values";
// Of batch_norm.
inline constexpr std::string_view kUseGlobalStats = "use_global_stats";
inline constexpr std::string_view kTrainableStatistics = "trainable_statistics";
// Of quantize_linear and dequantize_linear in PIR.
inline constexpr std::string_view kQmin = "qmin";
inline constexpr std::string_view kQmax = "qmax";
}  // namespace attributes

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_IMPORT_IMPORT_NAMES_H_
