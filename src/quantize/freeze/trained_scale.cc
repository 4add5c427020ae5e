#include "quantize/freeze/trained_scale.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/scale_kinds.h"

namespace pdquant {
namespace {

constexpr size_t kLargestWindow = size_t{1} << 20U;

// The values of the persistable variable in a slot; empty where the op has no such slot.
std::vector<float> ReadSlot(const Index& index, OpId op, bool output, std::string_view slot, size_t limit,
                            ParameterValues* values) {
  const VarId var = output ? index.OutputVar(op, slot) : index.InputVar(op, slot);
  if (var == kNoVar || !index.persistable(var)) return {};
  const Result<std::vector<float>> read = values->Read(index.name(index.var_name(var)), limit);
  return read.ok() ? *read : std::vector<float>();
}

bool IsUntrained(const Index& index, const FakePair& pair, float scale, ParameterValues* values) {
  const ScaleKind& kind = *pair.scale_kind;
  const float start = kind.scale_variable().start;
  size_t sums = 0;
  size_t sums_at_start = 0;
  bool has_window = false;
  std::vector<float> window;
  for (int i = 0; i < static_cast<int>(kind.variables.size()); ++i) {
    const ScaleVariable& variable = kind.variables[static_cast<size_t>(i)];
    if (i == kind.scale || variable.untrained == Untrained::kNothing) continue;
    const std::string_view input = InputSlotOf(kind, i);
    const bool output = input.empty();
    const std::string_view slot = output ? OutputSlotOf(kind, i) : input;
    const bool is_window = variable.shape == ScaleShape::kWindow;
    const std::vector<float> stored =
        ReadSlot(index, pair.quantize, output, slot, is_window ? kLargestWindow : 1, values);
    if (is_window) {
      has_window = true;
      window = stored;
    } else {
      ++sums;
      if (!stored.empty() && stored[0] == variable.start) ++sums_at_start;
    }
  }
  if (!has_window) return scale == start || (sums != 0 && sums_at_start == sums);
  // A window of zeros only is one that nothing was ever put into, unless the scale is 0 because all that came was 0.
  const float largest = window.empty() ? 0 : *std::max_element(window.begin(), window.end());
  // The scale never falls below its start in the first window: it was trained where what came was smaller.
  if (scale == start) return largest <= 0 || largest > start;
  return scale != 0 && !window.empty() && largest <= 0;
}

}  // namespace

Result<float> ReadTrainedScale(const Index& index, const FakePair& pair, ParameterValues* values, Findings* findings) {
  Place place = PlaceOfOp(index, pair.quantize);
  const auto fail = [&](std::string_view code, const std::string& text, const std::string& hint) -> Result<float> {
    findings->Error(code, place, text, hint);
    return BadInput(text);
  };
  const VarId var = index.InputVar(pair.quantize, slots::kInScale);
  if (var == kNoVar || !index.persistable(var))
    return fail("untrained-scale", "the op has no stored scale in its slot 'InScale'",
                "save the trained program again");
  place.variable = index.name(index.var_name(var));
  const Result<std::vector<float>> read = values->Read(place.variable, 1);
  if (!read.ok()) return fail("parameter", read.status().message(), "");
  if (read->empty()) return fail("parameter", "the scale has no value", "");
  const float scale = (*read)[0];
  if (!std::isfinite(scale) || scale < 0)
    return fail("scale-value", "the scale is " + std::to_string(scale),
                "train the model again: a scale is a number that is not negative");
  if (IsUntrained(index, pair, scale, values)) {
    return fail("untrained-scale", "the scale still has the value that it starts with: it was never trained",
                "train the simulated program, and save it with its parameters");
  }
  return scale;
}

}  // namespace pdquant
