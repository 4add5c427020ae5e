#include "cli/diff_command.h"

#include <optional>
#include <string>
#include <utility>

#include "base/output.h"
#include "check/check.h"
#include "cli/diff_input.h"
#include "diff/diff_text.h"
#include "diff/program_diff.h"

namespace pdquant {
namespace {

class DiffRun {
 public:
  DiffRun(const DiffArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments),
        common_(common),
        console_(console),
        findings_{Findings(console->findings_capacity()), Findings(console->findings_capacity())} {}

  int Do() {
    if (const Status status = arguments_.Validate(); !status.ok()) return console_->Fail(status);
    for (size_t i = 0; i < 2; ++i) {
      Result<DiffInput> input =
          OpenDiffInput(arguments_.inputs[i], arguments_.tensors, i == 0 ? arguments_.params_a : arguments_.params_b,
                        common_.limits, &findings_[i]);
      if (!input.ok()) {
        Report();
        return console_->Fail(input.status());
      }
      inputs_[i] = std::move(*input);
      if (inputs_[i].content.program) CheckProgram(indexes_[i].emplace(*inputs_[i].content.program), &findings_[i]);
    }
    ProgramDiff diff(*indexes_[0], *indexes_[1], arguments_.Options());
    if (diff.equal()) return kExitDone;
    DiffTextOptions options;
    options.limit = console_->list_limit();
    options.expand = arguments_.expand;
    const TextSink sink = [this](std::string_view text) {
      output_ = WriteStandardOutput(text);
      return output_.ok();
    };
    sink(NameOfInput(arguments_.inputs[0]) + " -> " + NameOfInput(arguments_.inputs[1]) + ": " + DescribeCounts(diff) +
         "\n");
    WriteDiffText(diff, options, sink);
    return kExitDifferent;
  }

 private:
  void Report() {}

  const DiffArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Findings findings_[2];
  DiffInput inputs_[2];
  std::optional<Index> indexes_[2];
  Status output_;
};

}  // namespace

int DiffCommand::Run(const CommonOptions& common, Console* console) {
  return DiffRun(arguments_, common, console).Do();
}

}  // namespace pdquant
