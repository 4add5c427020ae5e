#ifndef PDQUANT_CLI_COMMANDS_TRANSPILE_JSON_H_
#define PDQUANT_CLI_COMMANDS_TRANSPILE_JSON_H_

#include <string>

#include "ir/index.h"
#include "quantize/options.h"
#include "quantize/transpile/transpile_report.h"

namespace pdquant {

// The report of --report, as docs/reference/transpile-report.md describes it. The same rewrite gives the same bytes: fixed field
// order, no timestamps, no paths.
std::string TranspileReportJson(const TranspileReport& report, const Index& index, const TranspileOptions& options,
                                bool startup_given);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_TRANSPILE_JSON_H_
