#include "cli/commands/transpile_options.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cli/shell/file_roles.h"

namespace pdquant {
namespace {

// "a, b or c".
std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string ScaleWords(const ScaleKind* marked = nullptr) {
  std::vector<std::string> words;
  for (const ScaleKind& kind : ScaleKinds())
    words.push_back(std::string(kind.word) + (&kind == marked ? " (default)" : ""));
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

// Breaks help into lines, where the column of the help begins far to the right.
std::string Wrap(const std::string& text) {
  constexpr size_t kWidth = 57;
  std::string out;
  size_t line = 0;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (line != 0) {
      const bool fits = line + 1 + end - begin <= kWidth;
      out += fits ? ' ' : '\n';
      line = fits ? line + 1 : 0;
    }
    out.append(text, begin, end - begin);
    line += end - begin;
    begin = end + 1;
  }
  return out;
}

auto SetScaleKind(const ScaleKind** kind) {
  return [kind](std::string_view word) {
    const ScaleKind* found = FindScaleKind(word);
    if (found != nullptr) *kind = found;
    return found != nullptr;
  };
}

}  // namespace

void TranspileArguments::AddTo(OptionList* options) {
  TranspileOptions* q = &quantization;
  const auto in_range = [q] { return pdquant::Validate(*q); };
  options->Argument("PROGRAM", "the training program: a file with a serialized ProgramDesc,\nor - for standard input",
                    &program);
  options->SetGroup("Files");
  options->Text("-o,--out", "FILE", "where the rewritten program goes; - is standard output", &out);
  options->Text("--startup", "FILE", "the startup program; it gets the initializers of what\nis added", &startup);
  options->Text("--startup-out", "FILE", "where the rewritten startup program goes", &startup_out);
  options->Flag("--in-place", "replace PROGRAM, and the startup program, instead of -o", &in_place);
  options->Flag("--dry-run", "print the plan and write nothing", &dry_run);
  options->Text("--report", "FILE", "write what was done to which op, and why, as JSON;\n- is standard output",
                &report);
  options->SetGroup("Quantization");
  options->Integer("--weight-bits", "the bits of weights, 2 to 16", &q->weight_bits, in_range);
  options->Integer("--activation-bits", "the bits of activations, 2 to 16", &q->activation_bits, in_range);
  options->Choice("--weight-quantize-type", "TYPE",
                  Wrap("how the scale of a weight is found: " + ScaleWords(q->weight_quantize_type)), ScaleWords(),
                  SetScaleKind(&q->weight_quantize_type));
  options->Choice("--activation-quantize-type", "TYPE",
                  Wrap("how the scale of an activation is found: " + ScaleWords(q->activation_quantize_type)),
                  ScaleWords(), SetScaleKind(&q->activation_quantize_type));
  options->Integer("--window-size", "the steps of a window, for " + ScalesWith(ScaleSetting::kWindowSize),
                   &q->window_size, in_range);
  options->Number("--moving-rate", "the weight of the past, for " + ScalesWith(ScaleSetting::kMovingRate),
                  &q->moving_rate, in_range);
  options->Flag("--for-test", "make the test form: without backward and optimizer,\nis_test set", &q->for_test);
}

bool TranspileArguments::uses_standard_output() const {
  return report == "-" || (!dry_run && (out == "-" || startup_out == "-"));
}

Status TranspileArguments::Validate() const {
  if (in_place && !out.empty()) return UsageError("-o and --in-place exclude each other");
  if (in_place && !startup_out.empty()) return UsageError("--startup-out and --in-place exclude each other");
  if (out.empty() && !in_place && !dry_run) return UsageError("one of -o, --in-place and --dry-run is required");
  if (startup.empty() && !startup_out.empty()) return UsageError("--startup-out needs --startup");
  if (!startup.empty() && startup_out.empty() && !in_place && !dry_run) {
    return UsageError("--startup needs --startup-out or --in-place");
  }
  if (in_place && (program == "-" || startup == "-")) return UsageError("--in-place can't replace standard input");
  const std::array<FileRole, 2> inputs = {{{"PROGRAM", program}, {"--startup", startup}}};
  const std::array<FileRole, 3> outputs = {{{"-o", out}, {"--startup-out", startup_out}, {"--report", report}}};
  if (Status status = CheckRoles(inputs, outputs); !status.ok()) return status;
  return in_place ? CheckRoles({}, inputs) : Status();
}

}  // namespace pdquant
