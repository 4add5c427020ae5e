#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "check/check.h"
#include "cli/commands/commands.h"
#include "cli/shell/inputs.h"
#include "cli/shell/outputs.h"
#include "cli/shell/signals.h"
#include "files/output.h"
#include "files/path.h"
#include "model/model.h"
#include "model/model_output.h"
#include "pir/import/import.h"
#include "pir/program.h"

namespace pdquant {
namespace {

// What the command line of import says. Empty paths were not given.
struct ImportArguments {
  std::string model;
  std::string params;
  std::string out;
  std::string params_out;
  std::string report;
  std::vector<std::string> input_shapes;
  bool dry_run = false;
  pir::ImportOptions options;

  void AddTo(OptionList* list);
  // Do the options make sense together? Reads the shapes. Errors: kUsage.
  Status Validate();
};

constexpr Words<pir::ImportTarget, 3> kTargets = {{{"paddle-2.6", pir::ImportTarget::kPaddle26},
                                                   {"paddle-3", pir::ImportTarget::kPaddle3},
                                                   {"lite", pir::ImportTarget::kLite}}};

class ImportRun {
 public:
  ImportRun(const ImportArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments), common_(common), console_(console), findings_(console->findings_capacity()) {}

  int Do() {
    const Status status = Prepare();
    console_->Report({{arguments_.model, &findings_}});
    return status.ok() ? Write() : console_->Fail(status);
  }

 private:
  // Everything that can be refused before a file is written.
  Status Prepare() {
    if (Status s = OpenPir(arguments_.model, arguments_.params, common_.limits, &findings_, &input_); !s.ok()) return s;
    Result<pir::Imported> imported = pir::Import(*input_.program, arguments_.options, &findings_);
    // What is wrong with the parameters is told as well.
    Status parameters = OpenParameterFile();
    if (!imported.ok()) return WithInput(input_.files.program, imported.status());
    if (!parameters.ok()) return parameters;
    const std::array<FileRole, 1> outputs = {{{"--report", arguments_.report}}};
    if (Status s = CheckModel(input_.files, reader_.get(), outputs); !s.ok()) return s;
    imported_ = std::move(*imported);
    file_version_ = input_.program->version;
    listed_parameters_ = pir::ListParameters(*input_.program).size();
    input_.program.reset();  // what was made takes its memory
    if (Status s = CheckMade(); !s.ok()) return s;
    return arguments_.out.empty() ? Status() : PlanFiles();
  }

  // Missing parameters are one more reason.
  Status OpenParameterFile() {
    Result<std::unique_ptr<ParameterReader>> reader = OpenPirParameters(input_, &findings_);
    if (!reader.ok()) return reader.status();
    reader_ = std::move(*reader);
    if (reader_ == nullptr) return {};
    AddCopies(reader_.get(), "", &parameters_);
    return {};
  }

  // What was made is a program, and well formed.
  Status CheckMade() {
    Findings found;
    Result<Program> made = ReadMade(std::move(imported_.bytes), &found);
    if (!made.ok()) return WithInput(input_.files.program, made.status());
    CheckProgram(Index(*made), &found);
    for (const Finding& finding : found.all()) {
      if (finding.level == Level::kError)
        return InternalError("the program that was made is not well formed: " + ToString(finding.place) + ": " +
                             finding.text);
    }
    const size_t listed = ListParameters(*made, &found).size();
    if (listed != listed_parameters_) return InternalError("the program that was made has other parameters");
    made_.emplace(std::move(*made));
    return {};
  }

  // As for the commands that rewrite a model, with the names of a ProgramDesc's files. Parameters that would go where
  // they are stay there.
  Status PlanFiles() {
    ModelFiles input = input_.files;
    std::string beside = arguments_.out;
    if (input.layout == ModelLayout::kPrefix) beside += kModelSuffix;
    parameters_stay_ =
        reader_ != nullptr && arguments_.params_out.empty() && input.layout != ModelLayout::kFolder &&
        IsSameFile(ParametersBeside(beside, ParameterPlace::Kind::kCombined).path, input.parameters.path);
    if (parameters_stay_) input.parameters.path.clear();
    Result<ModelOutput> output =
        PlanOutput(input, {arguments_.out, arguments_.params_out, false, true}, reader_ != nullptr);
    if (!output.ok()) return output.status();
    output_ = std::move(*output);
    return CheckParameterFiles(output_, true, parameters_, &findings_);
  }

  int Write() {
    const BrokenPipeWaits broken_pipe_waits;
    OutputSet outputs;
    const CommandReport told = Tell();
    Status status;
    if (!arguments_.dry_run) {
      const std::string_view bytes = made_->bytes();
      const Rope rope = {{bytes}, bytes.size()};
      const bool with_parameters = reader_ != nullptr && !parameters_stay_;
      status = WriteModel(output_, &rope, with_parameters ? &parameters_ : nullptr, &outputs);
      if (status.ok()) status = AddReport(told, &outputs);
    }
    return status.ok() ? PrintAndCommit(told, &outputs, console_) : console_->Fail(status);
  }

  CommandReport Tell() const {
    const ImportReport report = {file_version_, &imported_, parameters_.size()};
    CommandReport told;
    told.path = arguments_.report;
    told.result_on_standard_output = arguments_.out == "-";
    if (!arguments_.report.empty()) told.json = ImportReportJson(report);
    if (console_->shows_summary()) told.summary = ImportSummary(report, arguments_.model);
    return told;
  }

  const ImportArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Findings findings_;
  PirInput input_;
  int64_t file_version_ = 0;  // of what was imported
  size_t listed_parameters_ = 0;
  pir::Imported imported_;  // its bytes go into the program
  std::optional<Program> made_;
  std::unique_ptr<ParameterReader> reader_;
  std::vector<OutputParameter> parameters_;
  ModelOutput output_;
  bool parameters_stay_ = false;
};

// "x=1,3,48,320". Errors: kUsage.
Status ReadShape(const std::string& text, std::map<std::string, std::vector<int64_t>>* shapes) {
  const size_t equals = text.rfind('=');
  std::vector<int64_t> dims;
  bool ok = equals != std::string::npos && equals != 0;
  std::string_view rest = text;
  if (ok) rest.remove_prefix(equals + 1);
  while (ok && !rest.empty()) {
    int64_t dim = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), dim);
    const auto used = static_cast<size_t>(end - rest.data());
    ok = error == std::errc() && dim >= -1 && (used == rest.size() || (rest[used] == ',' && used + 1 < rest.size()));
    dims.push_back(dim);
    rest = used == rest.size() ? std::string_view() : rest.substr(used + 1);
  }
  if (!ok) return UsageError("--input-shape: " + Quote(text) + " is no shape; say NAME=1,3,48,320");
  if (!shapes->emplace(text.substr(0, equals), std::move(dims)).second)
    return UsageError("--input-shape: " + Quote(text.substr(0, equals)) + " comes twice");
  return {};
}

// `pdquant import MODEL -o OUT`: a program of Paddle 3 becomes a ProgramDesc; its parameters stay as they are.
int RunImport(const ImportArguments& arguments, const CommonOptions& common, Console* console) {
  return ImportRun(arguments, common, console).Do();
}

}  // namespace

void ImportArguments::AddTo(OptionList* list) {
  list->Argument("MODEL",
                 "what Paddle 3 exported: a folder with one *.json, a prefix P with P.json, or the program's file",
                 &model);
  list->SetGroup("Files");
  list->InputPath("--params", "FILE", "the parameters, where they aren't P.pdiparams beside P.json", &params);
  list->OutputPath("-o,--out", "OUT", "where the ProgramDesc goes: a folder, a prefix or a file, as MODEL is", &out,
                   PathRole::kResult);
  list->OutputPath("--params-out", "FILE|DIR", "where the parameters go, unchanged", &params_out);
  list->Flag("--dry-run", "tell what would be done and write nothing", &dry_run, PathRole::kResult);
  list->OutputPath("--report", "FILE", "write how many ops of which type became what as JSON; - is standard output",
                   &report);
  list->SetGroup("Import");
  list->Choice("--target", "RUNTIME",
               "what shall run it: paddle-2.6 (default; Paddle 3 runs it, too), paddle-3 or lite", kTargets,
               &options.target);
  list->Texts("--input-shape", "NAME=SHAPE", "give an input this shape, such as x=1,3,48,320; may come more than once",
              &input_shapes);
  list->Flag("--allow-unverified",
             "also take ops that no run of Paddle has shown to compute the same, and newer versions of the format",
             &options.allow_unverified);
}

Status ImportArguments::Validate() {
  if (model.empty()) return UsageError("import: MODEL is required; see 'pdquant import --help'");
  if (out.empty() && !dry_run) return UsageError("one of -o and --dry-run is required");
  if (out.empty() && !params_out.empty()) return UsageError("--params-out needs -o");
  for (const std::string& text : input_shapes) {
    if (Status s = ReadShape(text, &options.input_shapes); !s.ok()) return s;
  }
  return {};
}

std::unique_ptr<Command> MakeImportCommand() { return std::make_unique<CommandOf<ImportArguments, RunImport>>(); }

}  // namespace pdquant
