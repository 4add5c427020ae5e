// Running the pass `transpile` on programs in memory.
#ifndef PDQUANT_TESTS_QUANTIZE_TRANSPILE_TRANSPILE_TESTING_H_
#define PDQUANT_TESTS_QUANTIZE_TRANSPILE_TRANSPILE_TESTING_H_

#include <memory>
#include <optional>
#include <string>

#include "check/check.h"
#include "quantize/pass.h"
#include "quantize/transpile/transpile_pass.h"
#include "support/programs.h"

namespace pdquant::testing {

struct Transpiled {
  Status status;
  Outcome outcome = Outcome::kUnchanged;
  std::string main;     // the bytes; empty where the programs were refused
  std::string startup;  // the same; empty where none was given
  TranspileReport report;
  Findings findings;
};

inline Transpiled Transpile(const std::string& main_bytes, const std::string* startup_bytes,
                            const TranspileOptions& options) {
  Transpiled result;
  const Program main = Load(main_bytes, &result.findings);
  std::optional<Program> startup;
  Findings startup_findings;
  if (startup_bytes != nullptr) startup = Load(*startup_bytes, &startup_findings);
  EditableProgram edited(main);
  std::unique_ptr<EditableProgram> edited_startup;
  if (startup) edited_startup = std::make_unique<EditableProgram>(*startup);
  TranspilePass pass(options);
  const PassContext context = {&edited, edited_startup.get(), &result.findings, startup ? &startup_findings : nullptr};
  const Result<Outcome> outcome = RunPass(&pass, context);
  result.status = outcome.status();
  result.report = pass.report();
  if (!outcome.ok()) return result;
  result.outcome = *outcome;
  result.main = edited.edits.Apply()->Flatten();
  if (edited_startup) result.startup = edited_startup->edits.Apply()->Flatten();
  return result;
}

// What the corpus calls the options of a configuration.
inline TranspileOptions OptionsOf(const CorpusRow& row) {
  TranspileOptions options;
  options.weight_bits = row.options.value("weight_bits", options.weight_bits);
  options.activation_bits = row.options.value("activation_bits", options.activation_bits);
  options.weight_quantize_type = FindScaleKind(row.options.value("weight_quantize_type", "abs_max"));
  options.activation_quantize_type = FindScaleKind(row.options.value("activation_quantize_type", "abs_max"));
  options.window_size = row.options.value("window_size", options.window_size);
  options.moving_rate = row.options.value("moving_rate", options.moving_rate);
  return options;
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_QUANTIZE_TRANSPILE_TRANSPILE_TESTING_H_
