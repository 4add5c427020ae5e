// How much work a product is, by the shapes that the program declares.
#ifndef PDQUANT_PADDLE_MULTIPLY_ADDS_H_
#define PDQUANT_PADDLE_MULTIPLY_ADDS_H_

#include "ir/index.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {

// The multiplications of an op that computes a product, for one sample: a dimension that only a run knows counts as 1.
// 0 where the shapes aren't declared.
double MultiplyAdds(const Index& index, OpId op, const QuantizableOp& row);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_MULTIPLY_ADDS_H_
