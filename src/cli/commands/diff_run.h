#ifndef PDQUANT_CLI_COMMANDS_DIFF_RUN_H_
#define PDQUANT_CLI_COMMANDS_DIFF_RUN_H_

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "cli/commands/diff_arguments.h"
#include "cli/commands/diff_input.h"
#include "cli/shell/common_options.h"
#include "diff/diff_report.h"

namespace pdquant {

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
