// Running the pass `transpile` on programs in memory.
#ifndef PDQUANT_TESTS_QUANTIZE_TRANSPILE_TRANSPILE_TESTING_H_
#define PDQUANT_TESTS_QUANTIZE_TRANSPILE_TRANSPILE_TESTING_H_

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check/check.h"
#include "quantize/pipeline.h"
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
  Program main = Load(main_bytes, &result.findings);
  std::optional<Program> startup;
  Findings startup_findings;
  if (startup_bytes != nullptr) startup = Load(*startup_bytes, &startup_findings);
  Pipeline pipeline(std::move(main), std::move(startup), &result.findings, &startup_findings);
  TranspilePass pass(options);
  const std::array<Pass*, 1> passes = {&pass};
  result.status = pipeline.Run(passes);
  result.report = pass.report();
  if (!result.status.ok()) return result;
  result.outcome = pipeline.main_changed() ? Outcome::kChanged : Outcome::kUnchanged;
  result.main = pipeline.Main()->Flatten();
  if (startup_bytes != nullptr) result.startup = pipeline.Startup()->Flatten();
  return result;
}

// Options as on the command line.
inline TranspileOptions ParseOptions(const std::vector<std::string>& words) {
  TranspileOptions options;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& name = words[i];
    if (name == "--for-test") {
      options.for_test = true;
      continue;
    }
    const std::string& value = words.at(++i);
    if (name == "--weight-bits") {
      options.weight_bits = std::stoi(value);
    } else if (name == "--activation-bits") {
      options.activation_bits = std::stoi(value);
    } else if (name == "--weight-quantize-type") {
      options.weight_quantize_type = FindScaleKind(value);
    } else if (name == "--activation-quantize-type") {
      options.activation_quantize_type = FindScaleKind(value);
    } else if (name == "--window-size") {
      options.window_size = std::stoi(value);
    } else if (name == "--moving-rate") {
      options.moving_rate = std::stof(value);
    } else {
      throw std::runtime_error("no such option: " + name);
    }
  }
  return options;
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_QUANTIZE_TRANSPILE_TRANSPILE_TESTING_H_
