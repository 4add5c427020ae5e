// How a command that writes ends: what it says of what it did, and the order in which that is said and done.
#ifndef PDQUANT_CLI_SHELL_COMMAND_REPORT_H_
#define PDQUANT_CLI_SHELL_COMMAND_REPORT_H_

#include <string>

#include "base/status.h"
#include "cli/shell/console.h"
#include "files/output.h"

namespace pdquant {

struct CommandReport {
  std::string summary;  // for people; empty where none is wanted
  std::string json;     // what --report wants, where `path` isn't empty
  std::string path;     // what --report says: "-" is standard output; empty for none
  // The result itself goes to standard output: the summary gives way, as it does to the report.
  bool result_on_standard_output = false;
};

// Adds the report to what is to be written, where it goes to a file. Errors: those of OutputSet::Add.
Status AddReport(const CommandReport& report, OutputSet* outputs);

// Prints the summary, or the report in its stead; the summary goes to standard error where standard output has other
// work to do. Errors: kIo, without a message where the reader has gone.
Status Print(const CommandReport& report);

// Prints, then moves what was written to its places. Nothing changes before all is written, the summary included: a
// full disk behind standard output leaves everything as it was. A reader of the summary that has gone is no reason to
// stop: the broken pipe ends the process afterwards. Returns the exit code.
int PrintAndCommit(const CommandReport& report, OutputSet* outputs, Console* console);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_COMMAND_REPORT_H_
