// Pairs of the linear form that only look at a value, and pass it on as it is, go. What they know of it becomes
// attributes of the op that writes it, out_threshold and SLOT0_threshold.
//
//   before:  relu ─> a ─> quantize_linear{only_observer} ─> dequantize_linear{only_observer} ─> b ─> pool2d
//   after:   relu{out_threshold} ─> a ─> pool2d
//
// Paddle 2.6 gives what such a pair writes the name that a pair which rounds the same value has already: which of both
// an op reads is told by its place.
#ifndef PDQUANT_QUANTIZE_CONVERT_OBSERVERS_PASS_H_
#define PDQUANT_QUANTIZE_CONVERT_OBSERVERS_PASS_H_

#include <string>
#include <string_view>
#include <unordered_set>

#include "base/status.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class DissolveObserversPass : public Pass {
 public:
  // `values` may be null: then no attributes are written.
  explicit DissolveObserversPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "dissolve-observers"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Names of variables that the pairs had.
  const std::unordered_set<std::string>& unneeded() const { return unneeded_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  std::unordered_set<std::string> unneeded_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_CONVERT_OBSERVERS_PASS_H_
