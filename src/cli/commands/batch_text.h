#ifndef PDQUANT_CLI_COMMANDS_BATCH_TEXT_H_
#define PDQUANT_CLI_COMMANDS_BATCH_TEXT_H_

#include <cstddef>
#include <string>

#include "cli/commands/batch_report.h"

namespace pdquant {

// The summary for people. At most `limit` failures are named. Errors: kIo, of the journal.
Result<std::string> SummaryText(const BatchReport& report, size_t limit);
// The same as Markdown.
Result<std::string> SummaryMarkdown(const BatchReport& report, size_t limit);

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_BATCH_TEXT_H_
