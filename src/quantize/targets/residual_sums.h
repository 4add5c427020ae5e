// Residual sums: additions of two activations, which an engine that computes with integers adds as integers where it
// knows the scales.
#ifndef PDQUANT_QUANTIZE_TARGETS_RESIDUAL_SUMS_H_
#define PDQUANT_QUANTIZE_TARGETS_RESIDUAL_SUMS_H_

#include <cstdint>
#include <string_view>

#include "ir/index.h"
#include "model/scales_file.h"
#include "quantize/pass.h"

namespace pdquant {

// A sum of two activations of one shape that both have a scale.
bool IsResidualSum(const Index& index, const ScalesFile& scales, OpId op);

// In the legacy form TensorRT takes the scale of a value from the op that writes it: the sum, and those that write what
// it adds.
//   before:  conv2d ─> a ─> elementwise_add ─> relu
//   after:   conv2d{out_threshold of a} ─> a ─> elementwise_add{out_threshold} ─> relu
class ResidualScalesPass : public Pass {
 public:
  // They have to outlive it.
  explicit ResidualScalesPass(const ScalesFile* scales) : scales_(scales) {}

  std::string_view name() const override { return "residual-scales"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run: scales that no op had.
  int64_t written() const { return written_; }

 private:
  const ScalesFile* scales_;
  int64_t written_ = 0;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TARGETS_RESIDUAL_SUMS_H_
