#ifndef PDQUANT_CLI_COMMANDS_DIFF_RUN_H_
#define PDQUANT_CLI_COMMANDS_DIFF_RUN_H_

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "cli/shell/command.h"
#include "cli/shell/inputs.h"
#include "cli/shell/option_list.h"
#include "diff/diff_report.h"

namespace pdquant {

// What the command line of diff says. Empty paths were not given.
struct DiffArguments {
  std::vector<std::string> inputs;  // A and B; with --git what git hands over
  OutputFormat format = OutputFormat::kText;
  std::string out;
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

// One of the two that `diff` compares.
struct DiffInput {
  std::string path;      // of the program's file, or of the parameter file
  bool is_null = false;  // git's /dev/null: there is no such file on this side
  ShowInput content;
};

// Opens a program, a model (a folder or a prefix) or a parameter file. Parameters of a program are opened only where
// `with_parameters` says so, from `params`, which is what the option `params_option` says, or from beside it. Errors:
// those of OpenShowInput, FindModel and ParameterReader::Open.
Result<DiffInput> OpenDiffInput(const std::string& name, bool with_parameters, const std::string& params,
                                std::string_view params_option, const LoadLimits& limits, Findings* findings);

// Opens two inputs and compares them. It holds what the result refers to.
class DiffRun {
 public:
  DiffRun(const DiffArguments& arguments, const CommonOptions& common, size_t findings_capacity);

  // Errors: kBadInput where one is a program and the other a parameter file; those of OpenDiffInput; those of reading
  // parameters.
  Status Compare(const std::string& a, const std::string& b);

  DiffResult* result() { return &result_; }
  // Of each input; what doesn't keep it from being compared is a warning.
  const Findings& findings(size_t side) const { return reported_[side]; }

 private:
  Status Open(size_t side, const std::string& name);
  Status CompareParameters();
  Status CompareRecords();
  Status CompareOne(const ComparedTensor& a, const ComparedTensor& b);

  const DiffArguments& arguments_;
  const CommonOptions& common_;
  std::array<DiffInput, 2> inputs_;
  std::array<std::optional<Index>, 2> indexes_;
  std::array<Findings, 2> reported_;
  DiffResult result_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_DIFF_RUN_H_
