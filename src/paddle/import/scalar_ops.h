// What ops of a ProgramDesc make of tensors of one dimension of 1 that stand for tensors without dimensions, which
// Paddle-Lite and Paddle up to 2.4 don't have.
#ifndef PDQUANT_PADDLE_IMPORT_SCALAR_OPS_H_
#define PDQUANT_PADDLE_IMPORT_SCALAR_OPS_H_

#include <string_view>

namespace pdquant {

// Whether an op of that type computes element by element, so that [1] for [] gives the same elements: [1] where all
// operands are, else the shape of the others.
bool ComputesByElement(std::string_view type);

// Whether an op of that type reads one number from a slot for a tensor, whatever the tensor's shape is, or gives its
// only element the shape that an attribute says.
bool TakesOneElement(std::string_view type);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_IMPORT_SCALAR_OPS_H_
