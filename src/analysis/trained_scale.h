// Whether training ever set a static scale.
#ifndef PDQUANT_ANALYSIS_TRAINED_SCALE_H_
#define PDQUANT_ANALYSIS_TRAINED_SCALE_H_

#include <functional>
#include <optional>

#include "ir/index.h"

namespace pdquant {

enum class ScaleTraining {
  kTrained,
  kUntrained,
  kUnknown,  // the scale has the value that it starts with, and nothing is stored that would tell whether training left
             // it so: a test form has neither running sums nor a window
};

// What is stored of a variable of a scale.
struct StoredState {
  float first = 0;
  float largest = 0;
};

// Judges the scale, of which `scale` is the stored value, of an op that quantizes with a static scale. `read` gives
// what is stored of a persistable variable, and nothing where that isn't at hand.
ScaleTraining JudgeScale(const Index& index, OpId quantize, float scale,
                         const std::function<std::optional<StoredState>(VarId)>& read);

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_TRAINED_SCALE_H_
