#include "cli/commands/transpile_options.h"

#include <array>
#include <optional>
#include <string_view>

#include "cli/shell/file_roles.h"

namespace pdquant {
namespace {

constexpr char kScaleTypes[] = "abs_max, range_abs_max or moving_average_abs_max";

auto SetScaleType(ScaleType* type) {
  return [type](std::string_view word) {
    const std::optional<ScaleType> parsed = ParseScaleType(word);
    if (parsed) *type = *parsed;
    return parsed.has_value();
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
                  "how the scale of a weight is found: abs_max (default),\nrange_abs_max or moving_average_abs_max",
                  kScaleTypes, SetScaleType(&q->weight_quantize_type));
  options->Choice(
      "--activation-quantize-type", "TYPE",
      "how the scale of an activation is found: abs_max\n(default), range_abs_max or moving_average_abs_max",
      kScaleTypes, SetScaleType(&q->activation_quantize_type));
  options->Integer("--window-size", "the steps of a window, for range_abs_max", &q->window_size, in_range);
  options->Number("--moving-rate", "the weight of the past, for moving_average_abs_max", &q->moving_rate, in_range);
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
