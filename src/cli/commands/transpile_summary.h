#ifndef PDQUANT_CLI_COMMANDS_TRANSPILE_SUMMARY_H_
#define PDQUANT_CLI_COMMANDS_TRANSPILE_SUMMARY_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "ir/index.h"
#include "quantize/transpile/transpile_report.h"

namespace pdquant {

struct SummaryStyle {
  std::string_view program;    // its path
  bool plan = false;           // of a dry run: lists every pair and every operand, too
  bool startup_given = false;  // else the variables to initialize are listed
  size_t list_limit = 0;
};

// What was done, or would be, for people: a line, and indented lines with the details.
std::string TranspileSummary(const TranspileReport& report, const Index& index, const SummaryStyle& style);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_TRANSPILE_SUMMARY_H_
