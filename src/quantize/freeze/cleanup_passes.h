// Two small passes around freezing and undoing.
#ifndef PDQUANT_QUANTIZE_FREEZE_CLEANUP_PASSES_H_
#define PDQUANT_QUANTIZE_FREEZE_CLEANUP_PASSES_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "quantize/pass.h"

namespace pdquant {

// Takes out of a simulated inference program what only training needs: the slots of the quantize ops that update
// windows, counters and running sums, and the ops that count steps. Sets is_test.
//   before:  increment(counter); quantize{X, InScale, Iter} -> {Out, OutScale, OutScales}
//   after:   quantize{X, InScale} -> {Out, OutScale}
class StripTrainingPass : public Pass {
 public:
  StripTrainingPass() = default;
  // `state` names more variables that only training needs, of quantize ops that are gone.
  explicit StripTrainingPass(const std::unordered_set<std::string>* state) : more_state_(state) {}

  std::string_view name() const override { return "strip-training"; }
  Result<Outcome> Run(const PassContext& context) override;

 private:
  const std::unordered_set<std::string>* more_state_ = nullptr;
};

// Removes the variables that no op names: all of them, or those of a set of names. Fed variables stay.
class RemoveUnusedPass : public Pass {
 public:
  RemoveUnusedPass() = default;
  explicit RemoveUnusedPass(std::unordered_set<std::string> only) : only_(std::move(only)) {}

  std::string_view name() const override { return "remove-unused"; }
  Result<Outcome> Run(const PassContext& context) override;

 private:
  std::optional<std::unordered_set<std::string>> only_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_CLEANUP_PASSES_H_
