#include "analysis/trained_scale.h"

#include <cmath>
#include <vector>

#include "paddle/scale_kinds.h"

namespace pdquant {
namespace {

constexpr float kRounding = 1e-4F;

}  // namespace

ScaleTraining JudgeScale(const Index& index, OpId quantize, float scale,
                         const std::function<std::optional<StoredState>(VarId)>& read) {
  const ScaleKind* kind = FindScaleKindOfOp(index.type(quantize));
  const float start = kind == nullptr ? kScaleStart : kind->scale_variable().start;
  std::vector<float> sums;
  size_t sums_at_start = 0;
  std::optional<StoredState> window;
  for (int i = 0; kind != nullptr && i < static_cast<int>(kind->variables.size()); ++i) {
    const ScaleVariable& variable = kind->variables[static_cast<size_t>(i)];
    if (i == kind->scale || variable.untrained == Untrained::kNothing) continue;
    const std::string_view input = InputSlotOf(*kind, i);
    const VarId var =
        input.empty() ? index.OutputVar(quantize, OutputSlotOf(*kind, i)) : index.InputVar(quantize, input);
    const auto stored = var == kNoVar || !index.persistable(var) ? std::nullopt : read(var);
    if (!stored) continue;
    if (variable.untrained == Untrained::kWindowAtStart) {
      window = stored;
    } else {
      sums.push_back(stored->first);
      if (stored->first == variable.start) ++sums_at_start;
    }
  }
  if (!sums.empty()) {
    // The scale is the quotient of the sums, accum / state. One that has its start value beside others is stored
    // wrongly.
    const bool moved = scale != start || (sums.size() == 2 && std::fabs(sums[1] / sums[0] - start) < kRounding * start);
    return sums_at_start != sums.size() && moved ? ScaleTraining::kTrained : ScaleTraining::kUntrained;
  }
  // A window of zeros only is one that nothing was ever put into, unless the scale is 0 because all that came was 0.
  const bool empty = window && window->largest <= 0;
  if (scale != start) return empty && scale != 0 ? ScaleTraining::kUntrained : ScaleTraining::kTrained;
  if (!window) return ScaleTraining::kUnknown;
  // The scale never falls below its start in the first window: it was trained where what came was smaller.
  return empty || window->largest > start ? ScaleTraining::kUntrained : ScaleTraining::kTrained;
}

}  // namespace pdquant
