#include "quantize/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <vector>

#include "base/escape.h"
#include "base/words.h"

namespace pdquant {
namespace {

struct FormWord {
  std::string_view word;
  QuantizationForm form;
};
constexpr std::array<FormWord, 3> kFormWords = {{{"legacy", QuantizationForm::kLegacy},
                                                 {"fused", QuantizationForm::kFused},
                                                 {"linear", QuantizationForm::kLinear}}};

enum class Operand : uint8_t { kWeight, kActivation };

Status CheckRange(std::string_view option, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return {};
  return UsageError(std::string(option) + ": " + std::to_string(value) + " is not between " + std::to_string(low) +
                    " and " + std::to_string(high));
}

bool Fits(const ScaleKind& kind, Operand operand) {
  return operand == Operand::kWeight ? kind.for_weights : kind.for_activations;
}

// What a form takes where it isn't told: its scale that is found anew at each step, else its first.
const ScaleKind& DefaultScale(QuantizationForm form, Operand operand) {
  if (Fits(DynamicScale(form), operand)) return DynamicScale(form);
  const std::span<const ScaleKind> kinds = ScaleKinds(form);
  return *std::find_if(kinds.begin(), kinds.end(), [=](const ScaleKind& kind) { return Fits(kind, operand); });
}

std::vector<std::string> ScalesFor(QuantizationForm form, Operand operand) {
  std::vector<std::string> words;
  for (const ScaleKind& kind : ScaleKinds(form)) {
    if (Fits(kind, operand)) words.emplace_back(kind.word);
  }
  return words;
}

std::string WordsWithDefault(Operand operand) {
  std::vector<std::string> words = ScalesFor(QuantizationForm::kLegacy, operand);
  const std::string_view standard = DefaultScale(QuantizationForm::kLegacy, operand).word;
  for (std::string& word : words) {
    if (word == standard) word += " (default)";
  }
  return JoinWords(words);
}

// The words of the scales that a setting is for.
std::string ScalesWith(ScaleSetting setting) {
  std::vector<std::string> words;
  for (const ScaleKind& kind : ScaleKinds()) {
    for (const ScaleAttribute& attribute : kind.quantize_op().attributes) {
      if (attribute.setting == setting) words.emplace_back(kind.word);
    }
  }
  return JoinWords(words);
}

// Sets a field from its text. Returns what the field takes where the text isn't that; empty where it is set.
struct OptionSetter {
  std::string_view text;
  TranspileOptions* options;

  std::string_view operator()(bool TranspileOptions::*field) const {
    if (text != "true" && text != "false") return "true or false";
    options->*field = text == "true";
    return "";
  }
  std::string_view operator()(int32_t TranspileOptions::*field) const { return Parse(&(options->*field)); }
  std::string_view operator()(float TranspileOptions::*field) const { return Parse(&(options->*field)); }
  std::string_view operator()(const ScaleKind* TranspileOptions::*field) const {
    const ScaleKind* found = FindScaleKind(text);
    if (found == nullptr) return "kind of scale";
    options->*field = found;
    return "";
  }
  std::string_view operator()(QuantizationForm TranspileOptions::*field) const {
    const std::optional<QuantizationForm> found = FindForm(text);
    if (!found) return "form";
    options->*field = *found;
    return "";
  }

 private:
  template <typename T>
  std::string_view Parse(T* number) const {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    return error == std::errc() && end == text.data() + text.size() ? "" : "number of that size";
  }
};

std::array<PassOption, 10> MakeTable() {
  return {{
      {"--weight-bits", "the bits of weights, 2 to 16", &TranspileOptions::weight_bits},
      {"--activation-bits", "the bits of activations, 2 to 16", &TranspileOptions::activation_bits},
      {"--weight-quantize-type", "how the scale of a weight is found: " + WordsWithDefault(Operand::kWeight),
       &TranspileOptions::weight_quantize_type},
      {"--activation-quantize-type",
       "how the scale of an activation is found: " + WordsWithDefault(Operand::kActivation),
       &TranspileOptions::activation_quantize_type},
      {"--form",
       "how quantization is written: legacy (default: pairs of fake ops), fused (one fake op) or linear "
       "(quantize_linear and dequantize_linear)",
       &TranspileOptions::form},
      {"--window-size", "the steps of a window, for " + ScalesWith(ScaleSetting::kWindowSize),
       &TranspileOptions::window_size},
      {"--moving-rate", "the weight of the past, for " + ScalesWith(ScaleSetting::kMovingRate),
       &TranspileOptions::moving_rate},
      {"--unbiased-start", "running averages start from nothing, not from 1", &TranspileOptions::unbiased_start},
      {"--out-scales", "follow the scales of what the quantized ops write, too, for the runtimes that read them",
       &TranspileOptions::out_scales},
      {"--for-test", "make the test form: without backward and optimizer, is_test set", &TranspileOptions::for_test},
  }};
}

// Whether the form has the scale for the operand; names those that it has.
Status CheckScale(std::string_view option, const ScaleKind* kind, QuantizationForm form, Operand operand) {
  if (kind == nullptr) return {};
  const ScaleKind* in_form = FindScaleKind(kind->word, form);
  if (in_form != nullptr && Fits(*in_form, operand)) return {};
  const char* what = operand == Operand::kWeight ? "weights" : "activations";
  return UsageError(std::string(option) + ": " + std::string(kind->word) + " isn't for " + what + " in the form " +
                    std::string(WordOf(form)) + "; its scales are " + JoinWords(ScalesFor(form, operand)));
}

bool HasRunningSum(const ScaleKind* kind) {
  return kind != nullptr && std::any_of(kind->variables.begin(), kind->variables.end(),
                                        [](const ScaleVariable& variable) { return variable.running_sum; });
}

Status CheckScales(const std::string& prefix, const ScaleKind* weights, const ScaleKind* activations,
                   QuantizationForm form) {
  Status status = CheckScale(prefix + "weight-quantize-type", weights, form, Operand::kWeight);
  if (status.ok()) status = CheckScale(prefix + "activation-quantize-type", activations, form, Operand::kActivation);
  return status;
}

}  // namespace

std::vector<std::string_view> FormWords() { return WordsOf(kFormWords, &FormWord::word); }

std::string_view WordOf(QuantizationForm form) {
  const auto* found =
      std::find_if(kFormWords.begin(), kFormWords.end(), [=](const FormWord& word) { return word.form == form; });
  return found == kFormWords.end() ? std::string_view() : found->word;
}

std::optional<QuantizationForm> FindForm(std::string_view word) {
  const auto* found =
      std::find_if(kFormWords.begin(), kFormWords.end(), [=](const FormWord& form) { return form.word == word; });
  return found == kFormWords.end() ? std::nullopt : std::optional(found->form);
}

const ScaleKind& TranspileOptions::weight_scale() const {
  return weight_quantize_type == nullptr ? DefaultScale(form, Operand::kWeight)
                                         : *FindScaleKind(weight_quantize_type->word, form);
}

const ScaleKind& TranspileOptions::activation_scale() const {
  return activation_quantize_type == nullptr ? DefaultScale(form, Operand::kActivation)
                                             : *FindScaleKind(activation_quantize_type->word, form);
}

std::span<const PassOption> TranspileOptionTable() {
  static const std::array<PassOption, 10> table = MakeTable();
  return table;
}

Status SetOption(std::string_view name, std::string_view value, TranspileOptions* options) {
  for (const PassOption& option : TranspileOptionTable()) {
    if (std::string_view(option.name).substr(2) != name) continue;
    const std::string_view takes = std::visit(OptionSetter{value, options}, option.field);
    if (takes.empty()) return {};
    return UsageError(option.name + ": " + Quote(value) + " is no " + std::string(takes));
  }
  return UsageError("no option is named " + Quote(name));
}

std::vector<std::string_view> ScaleWords() { return WordsOf(ScaleKinds(), &ScaleKind::word); }

Status Validate(const TranspileOptions& options) {
  if (Status s = CheckRange("--weight-bits", options.weight_bits, kFewestBits, kMostBits); !s.ok()) return s;
  if (Status s = CheckRange("--activation-bits", options.activation_bits, kFewestBits, kMostBits); !s.ok()) return s;
  if (Status s = CheckRange("--window-size", options.window_size, 1, kLargestWindow); !s.ok()) return s;
  if (!(options.moving_rate > 0 && options.moving_rate < 1))
    return UsageError("--moving-rate: has to be above 0 and below 1");
  return {};
}

Status ValidateTogether(const TranspileOptions& options) {
  if (Status s = Validate(options); !s.ok()) return s;
  Status s = CheckScales("--", options.weight_quantize_type, options.activation_quantize_type, options.form);
  if (!s.ok()) return s;
  bool has_running_sum = HasRunningSum(&options.weight_scale()) || HasRunningSum(&options.activation_scale());
  for (const SelectionRule& rule : options.rules) {
    s = CheckScales(rule.origin + ": ", rule.weight_quantize_type, rule.activation_quantize_type, options.form);
    if (!s.ok()) return s;
    has_running_sum |= HasRunningSum(rule.weight_quantize_type) || HasRunningSum(rule.activation_quantize_type);
  }
  if (!options.unbiased_start || options.out_scales || has_running_sum) return {};
  return UsageError("--unbiased-start: no scale is a running average, and there is no --out-scales");
}

}  // namespace pdquant
