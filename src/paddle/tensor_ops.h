// What ops say, in their attributes, of the type and the shape of what they write.
#ifndef PDQUANT_PADDLE_TENSOR_OPS_H_
#define PDQUANT_PADDLE_TENSOR_OPS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ir/index.h"

namespace pdquant {

// A type that isn't known. Otherwise a proto::VarType::Type.
inline constexpr int32_t kUnknownType = -1;

// FP16, BF16, FP32 or FP64.
bool IsFloatType(int32_t data_type);

// The type of the elements that the op writes, as far as its attributes tell: that of a cast, and of an op that fills a
// tensor from nothing. kUnknownType for other ops.
int32_t TypeByAttributes(const Index& index, OpId op);

// The slots that hold the data of an op whose other inputs may have other types (masks, lengths, statistics).
std::span<const std::string_view> DataSlots();

// Whether what an op of that type writes is its operand X with another type or shape, or transposed: a weight stays a
// weight (cast, unsqueeze2, squeeze2, reshape2, transpose2).
bool KeepsElements(std::string_view type);
// The most such ops, one behind the other, through which a weight is followed: those of a cycle have no end.
inline constexpr int kLongestChain = 64;
// Of such an op: the axis of its operand that is the axis `axis` of its result. Nothing where the axis is split or
// joined with others, or the shapes aren't declared.
std::optional<int32_t> AxisBefore(const Index& index, OpId op, int32_t axis);

// Whether the op fills a tensor with zeros, whatever it reads.
bool FillsWithZeros(const Index& index, OpId op);
// Whether what an op of that type writes is 0 where what it reads in its first data slot, or in another one, is: it
// moves elements (and maps 0 to 0), or multiplies by them.
bool MovesZeros(std::string_view type);
bool MultipliesByZeros(std::string_view type);

// Ops that give a tensor another shape and leave its values, in their order: reshape, flatten, squeeze, unsqueeze.
std::span<const std::string_view> ReshapingOps();

// Of an op of ReshapingOps that has no input but its X: whether it leaves as it is what the op `before` wrote. So do
// reshape and flatten what another one of the same attributes wrote.
bool Repeats(const Index& index, OpId op, OpId before);
// Whether the op keeps the first dimension, as far as its attributes and what it declares of the old shape tell.
bool KeepsFirstDimension(const Index& index, OpId op);

// Whether the op reads only the first dimension of the operand `slot` apart, all others as one (mul with
// x_num_col_dims = 1): then it doesn't matter how those are cut.
bool FlattensBehindFirst(const Index& index, OpId op, std::string_view slot);

// What ops make of tensors of one dimension of 1 that stand for tensors without dimensions, which Paddle-Lite and
// Paddle up to 2.4 don't have.
//
// Whether an op of that type computes element by element, so that [1] for [] gives the same elements: [1] where all
// operands are, else the shape of the others.
bool ComputesByElement(std::string_view type);

// Whether an op of that type reads one number from a slot for a tensor, whatever the tensor's shape is, or gives its
// only element the shape that an attribute says.
bool TakesOneElement(std::string_view type);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_TENSOR_OPS_H_
