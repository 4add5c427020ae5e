// Ordinary ops that pdquant adds to a program for inference, encoded, in the one form that all runtimes take: the
// executors of paddlepaddle 1.8.5, 2.6.2 and 3.3.1, Paddle Inference with its graph passes and without, Paddle-Lite
// 2.12 and, through Paddle2ONNX 1.2.11, ONNX Runtime. Each was run there (tests/paddle/observe.py), but
// elementwise_min, elementwise_max and elementwise_add only in Paddle and Paddle-Lite: they are for loops and branches
// (quantize/observe/body_totals.h).
#ifndef PDQUANT_PADDLE_CALIBRATION_PLAIN_OPS_H_
#define PDQUANT_PADDLE_CALIBRATION_PLAIN_OPS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ir/edit/builder.h"
#include "paddle/import/import_names.h"

namespace pdquant {

namespace op_types {
inline constexpr std::string_view kReduceMin = "reduce_min";
inline constexpr std::string_view kReduceMax = "reduce_max";
inline constexpr std::string_view kReduceMean = "reduce_mean";
inline constexpr std::string_view kAbs = "abs";
inline constexpr std::string_view kFloor = "floor";
inline constexpr std::string_view kScale = "scale";
inline constexpr std::string_view kSubtract = "elementwise_sub";
inline constexpr std::string_view kMultiply = "elementwise_mul";
inline constexpr std::string_view kSum = "elementwise_add";
inline constexpr std::string_view kLesser = "elementwise_min";
inline constexpr std::string_view kLarger = "elementwise_max";
inline constexpr std::string_view kHistogram = "histogram";
}  // namespace op_types

namespace attributes {
// Of scale: x · scale + bias.
inline constexpr std::string_view kScaleFactor = "scale";
}  // namespace attributes

// Each starts `op` anew.

// A reduction of all elements, of the type `type`, to a tensor of as many dimensions, each of 1. Without keep_dim 1.8.5
// gives [1] and 2.6.2 a tensor without dimensions; without in_dtype and out_dtype Paddle2ONNX aborts.
void BuildReduceAll(std::string_view type, std::string_view x, size_t rank, std::string_view out, OpBuilder* op);
// reshape2. `x_shape` is a variable for the old shape, which nobody reads, of ShapeOfXShape.
void BuildReshape(std::string_view x, std::span<const int32_t> shape, std::string_view out, std::string_view x_shape,
                  OpBuilder* op);
// An op X -> Out without attributes: abs, floor, assign.
void BuildUnary(std::string_view type, std::string_view x, std::string_view out, OpBuilder* op);
// elementwise_sub and its like, of shapes that fit each other at their ends.
void BuildElementwise(std::string_view type, std::string_view x, std::string_view y, std::string_view out,
                      OpBuilder* op);
// x · factor + bias.
void BuildScale(std::string_view x, float factor, float bias, std::string_view out, OpBuilder* op);
void BuildClip(std::string_view x, float min, float max, std::string_view out, OpBuilder* op);
// xᵀ · y of matrices.
void BuildTransposedProduct(std::string_view x, std::string_view y, std::string_view out, OpBuilder* op);
// Paddle 2.x only: how many elements lie in each of `bins` equal parts of [0, bins], as INT64.
void BuildHistogram(std::string_view x, int64_t bins, std::string_view out, OpBuilder* op);
void BuildCast(std::string_view x, int32_t from, int32_t to, std::string_view out, OpBuilder* op);
// Along axis 0.
void BuildConcat(std::span<const std::string_view> parts, std::string_view out, OpBuilder* op);
// `type` and `list` are those of the program's other fetch ops.
void BuildFetch(std::string_view type, std::string_view x, std::string_view list, int32_t column, OpBuilder* op);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_CALIBRATION_PLAIN_OPS_H_
