// The types that values have when the program runs. What a VarDesc says of it is a hint that real programs get wrong:
// passes of Paddle that declare variables by hand leave BOOL, the type with the number 0, or no tensor at all.
#ifndef PDQUANT_ANALYSIS_VALUE_TYPES_H_
#define PDQUANT_ANALYSIS_VALUE_TYPES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/index.h"
#include "paddle/tensor_ops.h"

namespace pdquant {

class ValueTypes {
 public:
  // `startup` may be null.
  ValueTypes(const Index& main, const Index* startup) : main_(main), startup_(startup) {}

  // The type of the elements of a dense tensor that computing ops read, which is never BOOL: a proto::VarType::Type. A
  // declaration counts where it says anything but BOOL. Otherwise these do, in this order: the startup program, another
  // declaration of the name, its gradient, the variable of which it is a recomputed copy, and the op that writes it.
  // kUnknownType where all of them are silent. The first doubtful variable costs a walk through both programs.
  int32_t TypeOf(VarId var) const;
  // What a declaration says for sure: kUnknownType for BOOL, and without a tensor.
  static int32_t Declared(const std::optional<TensorType>& tensor);

 private:
  void Build() const;
  int32_t FromNames(VarId var, const std::vector<int32_t>& by_name, const std::vector<int32_t>& in_startup) const;
  int32_t FromWriter(size_t block, OpId op) const;

  const Index& main_;
  const Index* startup_;
  mutable bool built_ = false;
  mutable std::vector<int32_t> types_;  // by variable
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_VALUE_TYPES_H_
