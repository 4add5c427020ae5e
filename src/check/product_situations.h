// In which situations that runtimes have faults for (paddle/runtimes/runtime_faults.h) a quantized product is. `check`
// asks it of what is quantized, `quantize --target` of what would be: so the one avoids what the other finds.
#ifndef PDQUANT_CHECK_PRODUCT_SITUATIONS_H_
#define PDQUANT_CHECK_PRODUCT_SITUATIONS_H_

#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/control_flow.h"
#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "ir/index.h"
#include "paddle/runtimes/runtime_faults.h"

namespace pdquant {

// What is quantized of a product, or would be.
struct QuantizedProduct {
  OpId op = kNoOp;
  VarId result = kNoVar;  // as its readers read it
  VarId weight = kNoVar;  // its parameter
  VarId scale = kNoVar;   // of the weight's channels, in the legacy form
  std::string_view slot;  // of the weight
  bool per_channel = false;
  bool linear = false;
  std::vector<VarId> activations;  // what is quantized of them
};

// Those of a program, in the order of the ops. Linear.
std::vector<QuantizedProduct> QuantizedProductsOf(const Index& index, const QuantizedValues& quantized);

struct FloatProduct {
  OpId op = kNoOp;
  VarId weight = kNoVar;  // its parameter
};

// The products with a weight that oneDNN could compute with integers, and that are none of `quantized`, where one of
// those has a weight. Linear.
std::vector<FloatProduct> FloatProductsBeside(const Index& index, const std::vector<QuantizedProduct>& quantized);

struct FoundSituation {
  Situation situation;
  VarId var = kNoVar;  // what it is about, where that isn't the op as a whole
};

// Whether some column of a parameter, a matrix, is rounded to zeros.
using HasZeroColumn = std::function<bool(VarId parameter)>;

class ProductSituations {
 public:
  // Both have to outlive it. Linear.
  ProductSituations(const Index& index, const Uses& uses) : index_(index), uses_(uses), flow_(index) {}

  // All of one product but those that it shares with others. Without `has_zero_column`, which may be empty, what only
  // the values of parameters tell is not among them.
  std::vector<FoundSituation> Of(const QuantizedProduct& product, const HasZeroColumn& has_zero_column = {});

 private:
  // What the ops around a variable make of it. All of its readers are looked at, so that it is kept: products may share
  // a variable.
  struct Variable {
    bool borrows_scale = false;
    bool is_unsigned = false;
    bool is_read_by_batch_norm = false;
    bool has_bias = false;
  };

  const Variable& Of(VarId var);
  void OfMatrix(const QuantizedProduct& product, const HasZeroColumn& has_zero_column,
                std::vector<FoundSituation>* found);
  void OfConvolution(const QuantizedProduct& product, std::vector<FoundSituation>* found);
  bool IsTransposed(OpId op) const;
  bool IsReadByBatchNorm(VarId result) const;
  bool HasBias(VarId result) const;

  const Index& index_;
  const Uses& uses_;
  ControlFlow flow_;
  std::unordered_map<VarId, Variable> variables_;
};

}  // namespace pdquant

#endif  // PDQUANT_CHECK_PRODUCT_SITUATIONS_H_
