// What the transpiler can be told: names, values and defaults of the QuantizeTranspiler of paddlepaddle 1.8.5.
#ifndef PDQUANT_QUANTIZE_OPTIONS_H_
#define PDQUANT_QUANTIZE_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "model/scales_file.h"
#include "paddle/quantization_limits.h"
#include "paddle/scale_kinds.h"
#include "quantize/rules/rule.h"

namespace pdquant {

struct TranspileOptions {
  int32_t weight_bits = 8;      // kFewestBits to kMostBits
  int32_t activation_bits = 8;  // the same
  // Legacy rows, whose words count in each form; null for what the form takes if it isn't told.
  const ScaleKind* weight_quantize_type = nullptr;
  const ScaleKind* activation_quantize_type = nullptr;
  int32_t window_size = 10000;  // steps, for scales with a window; 1 to kLargestWindow
  float moving_rate = 0.9F;     // for running averages; above 0, below 1
  bool for_test = false;        // the test form: no backward, no optimizer, is_test set
  QuantizationForm form = QuantizationForm::kLegacy;
  bool unbiased_start = false;  // running sums start at 0, not at 1
  bool out_scales = false;      // the scale of what each quantized op writes is followed, too
  SelectionRules rules = DefaultRules();
  // The static scales of activations, where a calibration found them and no training does: an op is quantized where its
  // activations have one.
  const ScalesFile* scales = nullptr;

  // The rows in the form.
  const ScaleKind& weight_scale() const;
  const ScaleKind& activation_scale() const;
};

// An option of a pass: command lines, their help and configuration files loop over these.
struct PassOption {
  using Field = std::variant<bool TranspileOptions::*, int32_t TranspileOptions::*, float TranspileOptions::*,
                             const ScaleKind * TranspileOptions::*, QuantizationForm TranspileOptions::*>;

  std::string name;  // "--weight-bits"
  std::string help;  // one phrase, without line breaks
  Field field;
};

// In the order of the help.
std::span<const PassOption> TranspileOptionTable();

// Sets the option of that name, without its dashes: a flag to "true" or "false", a number, the word of a scale. Errors:
// kUsage, naming the option and what it takes.
Status SetOption(std::string_view name, std::string_view value, TranspileOptions* options);

// "abs_max", "range_abs_max" …
std::vector<std::string_view> ScaleWords();

// "legacy", "fused" and "linear".
std::vector<std::string_view> FormWords();
// "legacy", "fused", "linear"; empty for other forms, and nothing for other words.
std::string_view WordOf(QuantizationForm form);
std::optional<QuantizationForm> FindForm(std::string_view word);

// Whether each option is in its range. Errors: kUsage, naming the option and its range.
Status Validate(const TranspileOptions& options);
// The same, and whether they fit each other: a form has not every scale.
Status ValidateTogether(const TranspileOptions& options);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OPTIONS_H_
