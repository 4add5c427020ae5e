#include "quantize/options.h"

#include <array>
#include <charconv>
#include <system_error>
#include <vector>

#include "base/escape.h"

namespace pdquant {
namespace {

constexpr int32_t kLargestWindow = 1 << 20;

Status CheckRange(std::string_view option, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return {};
  return UsageError(std::string(option) + ": " + std::to_string(value) + " is not between " + std::to_string(low) +
                    " and " + std::to_string(high));
}

// "a, b or c".
std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string WordsWithDefault(const ScaleKind* default_kind) {
  std::vector<std::string> words;
  for (const ScaleKind& kind : ScaleKinds())
    words.push_back(std::string(kind.word) + (&kind == default_kind ? " (default)" : ""));
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

 private:
  template <typename T>
  std::string_view Parse(T* number) const {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    return error == std::errc() && end == text.data() + text.size() ? "" : "number of that size";
  }
};

std::array<PassOption, 7> MakeTable() {
  const TranspileOptions defaults;
  return {{
      {"--weight-bits", "the bits of weights, 2 to 16", &TranspileOptions::weight_bits},
      {"--activation-bits", "the bits of activations, 2 to 16", &TranspileOptions::activation_bits},
      {"--weight-quantize-type",
       "how the scale of a weight is found: " + WordsWithDefault(defaults.weight_quantize_type),
       &TranspileOptions::weight_quantize_type},
      {"--activation-quantize-type",
       "how the scale of an activation is found: " + WordsWithDefault(defaults.activation_quantize_type),
       &TranspileOptions::activation_quantize_type},
      {"--window-size", "the steps of a window, for " + ScalesWith(ScaleSetting::kWindowSize),
       &TranspileOptions::window_size},
      {"--moving-rate", "the weight of the past, for " + ScalesWith(ScaleSetting::kMovingRate),
       &TranspileOptions::moving_rate},
      {"--for-test", "make the test form: without backward and optimizer, is_test set", &TranspileOptions::for_test},
  }};
}

}  // namespace

std::span<const PassOption> TranspileOptionTable() {
  static const std::array<PassOption, 7> table = MakeTable();
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

std::string ScaleWords() { return WordsWithDefault(nullptr); }

Status Validate(const TranspileOptions& options) {
  if (Status s = CheckRange("--weight-bits", options.weight_bits, 2, 16); !s.ok()) return s;
  if (Status s = CheckRange("--activation-bits", options.activation_bits, 2, 16); !s.ok()) return s;
  if (Status s = CheckRange("--window-size", options.window_size, 1, kLargestWindow); !s.ok()) return s;
  if (!(options.moving_rate > 0 && options.moving_rate < 1))
    return UsageError("--moving-rate: has to be above 0 and below 1");
  return {};
}

}  // namespace pdquant
