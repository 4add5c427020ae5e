// A model for inference gets one more output, which says of each batch what its activations were.
//
//   before:  x ─> conv2d ─> y ─> …                  after:   x ─┬─────────────────────────> conv2d ─> y ─┬─> …
//                                                               └> reduce_min, reduce_max ─┐             └> …
//                                                                        fingerprint ─> concat ─> pdquant.observed ─>
//                                                                        fetch
//
// What the model computes stays what it was, and so do its parameters.
#ifndef PDQUANT_QUANTIZE_OBSERVE_OBSERVE_PASS_H_
#define PDQUANT_QUANTIZE_OBSERVE_OBSERVE_PASS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantize/observe/meters.h"
#include "quantize/observe/observed_list.h"
#include "quantize/observe/observed_values.h"
#include "quantize/pass.h"
#include "quantize/rules/rule.h"

namespace pdquant {

struct ObserveOptions {
  SelectionRules rules = DefaultRules(DefaultSelection::kProducts);
  // Histograms instead of ranges: the end of a variable's last part; nothing where it has none, 0 where it was always
  // 0. Both stay unobserved.
  std::function<std::optional<float>(std::string_view variable)> limit_of;
  // Plain ops for histograms, even where the program's Paddle has the op histogram.
  bool portable = false;
};

class ObservePass : public Pass {
 public:
  ObservePass() = default;
  // `options` have to outlive the pass.
  explicit ObservePass(const ObserveOptions* options) : options_(options) {}

  std::string_view name() const override { return "observe"; }
  // Errors: kBadInput where the program is quantized or observed already, or hands over nothing.
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run.
  const ObservedList& list() const { return list_; }
  const ObservedValues& found() const { return found_; }
  // Whether a value of the list is measured in a loop.
  bool measures_in_loops() const { return measures_in_loops_; }
  // Parameters that were added: values of shape [1, count].
  const std::map<std::string, std::vector<float>>& constants() const { return constants_; }

 private:
  const ObserveOptions* options_ = nullptr;
  ObservedList list_;
  ObservedValues found_;
  bool measures_in_loops_ = false;
  std::map<std::string, std::vector<float>> constants_;
};

// Refuses what has no output to which another could be added, or has that one already. Errors: kBadInput.
Status CheckObservable(const Index& index);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_OBSERVE_PASS_H_
