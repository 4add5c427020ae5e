#ifndef PDQUANT_CLI_COMMANDS_DIFF_ARGUMENTS_H_
#define PDQUANT_CLI_COMMANDS_DIFF_ARGUMENTS_H_

#include <string>
#include <vector>

#include "base/status.h"
#include "cli/shell/option_list.h"
#include "diff/diff_report.h"

namespace pdquant {

// What the command line of diff says. Empty paths were not given.
struct DiffArguments {
  std::vector<std::string> inputs;  // A and B; with --git what git hands over
  DiffFormat format = DiffFormat::kText;
  bool tensors = false;
  std::string params_a;
  std::string params_b;
  float tolerance = 0;
  std::vector<std::string> ignore;
  bool no_default_ignore = false;
  bool ignore_order = false;
  bool ignore_names = false;
  bool expand = false;
  bool git = false;

  void AddTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;

  DiffOptions Options() const;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_DIFF_ARGUMENTS_H_
