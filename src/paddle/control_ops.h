// Paddle's ops that run blocks, and what they demand of a rewrite: one row for each.
#ifndef PDQUANT_PADDLE_CONTROL_OPS_H_
#define PDQUANT_PADDLE_CONTROL_OPS_H_

#include <string_view>

namespace pdquant {

// A control op whose lists of variables pdquant knows how to extend. A variable of an outer block that the body reads
// has to be named in `inputs`, or the garbage collector frees it and pruning drops it. The gradient op's `inputs` list
// has the same names in the same order, and its `gradients` list an entry for each of them.
struct ControlOp {
  std::string_view type;
  bool loop;  // the body may run more than once
  std::string_view inputs;
  std::string_view gradients;
  // The attribute that is false, or missing, where the condition has a row for each row of the batch. Empty without
  // one.
  std::string_view row_condition;
  bool links_locals;  // the op links variables of the body to slices of outer ones and to the step before
  // The slot that lists the variables of outer blocks which the body writes. Empty where the op has none for them.
  std::string_view outputs;
};

// The known control op of that type, or of that gradient type; null for other ops.
const ControlOp* FindControlOp(std::string_view type);
bool IsControlGradient(std::string_view type);
// Whether an input slot of a control op lists variables for the blocks that it runs. A gradient op also has the list of
// what the blocks write.
bool IsListSlot(std::string_view type, std::string_view slot);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_CONTROL_OPS_H_
