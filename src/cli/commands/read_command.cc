#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "base/words.h"
#include "calibrate/op_errors.h"
#include "calibrate/rows.h"
#include "calibrate/scales.h"
#include "calibrate/scales_document.h"
#include "cli/commands/commands.h"
#include "cli/shell/inputs.h"
#include "cli/shell/outputs.h"
#include "cli/shell/signals.h"
#include "files/output.h"
#include "quantize/observe/observed_list.h"

namespace pdquant {
namespace {

// What the command line of `read` says. An empty path was not given.
struct ReadArguments {
  std::string observed;
  std::vector<std::string> values;
  std::string out;
  ScaleAlgorithm algorithm = ScaleAlgorithm::kAbsMax;
  float percentile = static_cast<float>(kUsualShare);
  OutputFormat format = OutputFormat::kText;

  void AddTo(OptionList* options);

  // Errors: kUsage.
  Status Validate() const;
};

class ReadRun {
 public:
  ReadRun(const ReadArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments), common_(common), console_(console), findings_(console->findings_capacity()) {}

  int Do() {
    const Status status = Prepare();
    console_->Report({{arguments_.observed, &findings_}});
    return status.ok() ? Write() : console_->Fail(status);
  }

 private:
  Status Prepare() {
    if (Status s = ReadList(); !s.ok()) return s;
    if (Status s = CheckAlgorithm(); !s.ok()) return s;
    return list_.kind == ObservedKind::kErrors ? ReadErrors() : ReadScales();
  }

  Status ReadErrors() {
    OpErrors errors(list_);
    if (Status s = ReadFiles(&errors); !s.ok()) return s;
    rows_ = errors.rows();
    errors_ = errors.Ranked(&findings_);
    return {};
  }

  Status ReadScales() {
    Calibration calibration(list_);
    if (Status s = ReadFiles(&calibration); !s.ok()) return s;
    rows_ = calibration.rows();
    scales_ = calibration.Scales(arguments_.algorithm, ShortestDouble(arguments_.percentile), &findings_);
    return {};
  }

  // `statistics` gets the rows.
  template <typename T>
  Status ReadFiles(T* statistics) const {
    for (const std::string& path : arguments_.values) {
      Status read = ReadRows(path, common_.limits.max_bytes, list_.row_size(),
                             [&](std::span<const float> row, const std::string& place) {
                               Status known = CheckFingerprint(row, place);
                               if (known.ok()) statistics->Add(row);
                               return known;
                             });
      if (!read.ok()) return read;
    }
    return {};
  }

  Status ReadList() {
    ModelInput model;
    if (Status s = OpenProgram(arguments_.observed, "", common_.limits, &findings_, &model); !s.ok()) return s;
    const Index index(*model.program);
    if (const Status status = CheckWellFormed(index); !status.ok()) return WithInput(arguments_.observed, status);
    Result<ObservedList> list = ReadObservedList(index);
    if (!list.ok()) return WithInput(arguments_.observed, list.status());
    list_ = std::move(*list);
    return {};
  }

  Status CheckAlgorithm() const {
    const std::string word(WordOf(arguments_.algorithm));
    const bool has_histograms = list_.kind == ObservedKind::kHistograms;
    if (list_.kind == ObservedKind::kErrors) {
      if (arguments_.algorithm == ScaleAlgorithm::kAbsMax) return {};
      return UsageError("--algorithm is for scales; the model measures the errors of a quantized one");
    }
    if (list_.values.empty() || has_histograms == NeedsHistograms(arguments_.algorithm)) return {};
    if (has_histograms)
      return UsageError("--algorithm " + word +
                        " needs ranges, and the model counts histograms; say percentile, kl or mse, or give what "
                        "observe made without --histogram");
    return UsageError("--algorithm " + word +
                      " needs histograms: make scales with abs_max, then a model with observe --histogram, and give "
                      "its rows");
  }

  Status CheckFingerprint(std::span<const float> row, const std::string& place) const {
    if (std::equal(list_.fingerprint.begin(), list_.fingerprint.end(), row.begin())) return {};
    const auto text = [](std::span<const float> numbers) {
      return Join(numbers.first(kFingerprintSize), " ", ShortestText<float>);
    };
    return BadInput(place + ": is of another model than " + NameOfInput(arguments_.observed) + ": it begins with " +
                    text(row) + ", not " + text(list_.fingerprint));
  }

  ScalesDocument Document() const {
    return {arguments_.algorithm, ShortestDouble(arguments_.percentile), rows_, scales_};
  }

  std::string Headline() const {
    std::string text = NameOfInput(arguments_.observed) + ": ";
    if (list_.kind == ObservedKind::kErrors) {
      text += Counted(errors_.size(), "op");
    } else {
      const auto found = std::count_if(scales_.begin(), scales_.end(),
                                       [](const CalibratedScale& scale) { return scale.threshold.has_value(); });
      text += Counted(static_cast<size_t>(found), "scale");
    }
    return text + " of " + (rows_ == 1 ? "1 batch" : std::to_string(rows_) + " batches") +
           (list_.kind == ObservedKind::kErrors ? ", the worst first" : "") + "\n";
  }

  // With -o scales go to the file, and a summary to standard output; without it they go there, as a ranking does in any
  // case.
  int Write() {
    const BrokenPipeWaits broken_pipe_waits;
    OutputSet outputs;
    const bool ranks = list_.kind == ObservedKind::kErrors;
    const std::string json = ranks ? OpErrorsJson(errors_, rows_) : ScalesJson(Document());
    const std::string text = Headline() + (ranks ? OpErrorsText(errors_, console_->list_limit())
                                                 : ScalesText(Document(), console_->list_limit()));
    CommandReport told;
    told.result_on_standard_output = arguments_.out == "-";
    if (arguments_.out.empty()) {
      told.summary = arguments_.format == OutputFormat::kJson ? json : text;
      return console_->Fail(Print(told));
    }
    if (console_->shows_summary()) told.summary = ranks ? text : Headline();
    const std::string_view piece = json;
    const Status status = outputs.Add(arguments_.out, {&piece, 1});
    return status.ok() ? PrintAndCommit(told, &outputs, console_) : console_->Fail(status);
  }

  const ReadArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Findings findings_;
  ObservedList list_;
  size_t rows_ = 0;
  std::vector<CalibratedScale> scales_;
  std::vector<OpError> errors_;  // of a twin
};

// `pdquant read OBSERVED VALUES...`: makes scales of what the output of an observed model was.
int RunRead(const ReadArguments& arguments, const CommonOptions& common, Console* console) {
  return ReadRun(arguments, common, console).Do();
}

}  // namespace

void ReadArguments::AddTo(OptionList* options) {
  options->Argument("OBSERVED", "the model that observe made: a folder, a prefix or the program's file", &observed);
  options->Arguments("VALUES",
                     "what its output pdquant.observed was, batch by batch: .npy files (float32), or text with a line "
                     "for each batch; - is standard input",
                     &values);
  options->SetGroup("Files");
  options->OutputPath("-o,--out", "FILE", "where the scales go, or the ranking, as JSON; without it they are printed",
                      &out, PathRole::kResult);
  options->SetGroup("Calibration");
  options->Choice("--algorithm", "NAME",
                  "how a threshold is found: abs_max (default), avg, percentile, kl or mse; the last three need rows "
                  "of observe --histogram",
                  AlgorithmWords(), [this](std::string_view word) { algorithm = *FindAlgorithm(word); });
  options->Number("--percentile", "the share of all numbers that percentile doesn't cut off", &percentile, [this] {
    return percentile > 0 && percentile <= 1 ? Status() : UsageError("has to be above 0 and at most 1");
  });
  options->Format("what is printed: text (default) or json", {OutputFormat::kText, OutputFormat::kJson}, &format);
}

Status ReadArguments::Validate() const {
  if (observed.empty()) return UsageError("OBSERVED is required");
  if (values.empty()) return UsageError("VALUES are required: files with what pdquant.observed was");
  std::vector<FileRole> inputs = {{"OBSERVED", observed}};
  for (const std::string& path : values) inputs.push_back({"VALUES", path});
  const std::array<FileRole, 1> outputs = {{{"-o", out}}};
  return CheckRoles(inputs, outputs);
}

std::unique_ptr<Command> MakeReadCommand() { return std::make_unique<CommandOf<ReadArguments, RunRead>>(); }

}  // namespace pdquant
