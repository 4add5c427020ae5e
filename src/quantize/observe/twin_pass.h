// Measures, in a twin (twin.h), how far the quantized ops are off.
//
//   float/y ────┬─> …        mean of y², mean of (y − quantized/y)² ─> concat ─> pdquant.observed ─> fetch
//   quantized/y ┴─> …
#ifndef PDQUANT_QUANTIZE_OBSERVE_TWIN_PASS_H_
#define PDQUANT_QUANTIZE_OBSERVE_TWIN_PASS_H_

#include <string_view>
#include <utility>
#include <vector>

#include "quantize/observe/observed_list.h"
#include "quantize/observe/twin.h"
#include "quantize/pass.h"

namespace pdquant {

class TwinPass : public Pass {
 public:
  // What MakeTwin says of the program.
  explicit TwinPass(std::vector<TwinOutput> outputs) : outputs_(std::move(outputs)) {}

  std::string_view name() const override { return "observe"; }
  // Errors: kBadInput where nothing can be compared.
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run.
  const ObservedList& list() const { return list_; }

 private:
  std::vector<TwinOutput> outputs_;
  ObservedList list_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_TWIN_PASS_H_
