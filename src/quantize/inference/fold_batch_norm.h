// The pass `fold-batch-norm`: a batch_norm behind a convolution becomes a part of its weight, and a bias.
//
//   before:  x ─> conv2d (w) ─────────────> batch_norm ─> y          or with elementwise_add (b) between them
//   after:   x ─> conv2d (w · a) ─> elementwise_add (b') ─> y        a = scale / √(variance + epsilon)
//                                                                    b' = (b − mean) · a + bias
//
// Only in test form, and where nothing else reads what the convolution writes.
#ifndef PDQUANT_QUANTIZE_INFERENCE_FOLD_BATCH_NORM_H_
#define PDQUANT_QUANTIZE_INFERENCE_FOLD_BATCH_NORM_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class FoldBatchNormPass : public Pass {
 public:
  explicit FoldBatchNormPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "fold-batch-norm"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: the new biases, and the weights with their factors.
  const ParameterPlans& parameters() const { return plans_; }
  size_t folded() const { return folded_; }
  // The ops of the program that came in which have no place in the new one. What is inserted stands in for another.
  struct Removed {
    int32_t block;
    int64_t op;
  };
  const std::vector<Removed>& removed() const { return removed_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  ParameterPlans plans_;
  size_t folded_ = 0;
  std::vector<Removed> removed_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_INFERENCE_FOLD_BATCH_NORM_H_
