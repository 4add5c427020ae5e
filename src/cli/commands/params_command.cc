#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/status.h"
#include "base/words.h"
#include "cli/commands/commands.h"
#include "cli/shell/inputs.h"
#include "cli/shell/outputs.h"
#include "cli/shell/signals.h"
#include "files/output.h"
#include "model/model.h"
#include "model/model_output.h"
#include "model/program_file.h"

namespace pdquant {
namespace {

// What the command line of `params` says. Empty paths were not given.
struct ParamsArguments {
  std::string action;
  std::string model;
  std::string out;
  std::string params;

  void AddTo(OptionList* options);
  // Errors: kUsage.
  Status Validate() const;
  bool packs() const { return action == "pack"; }
};

constexpr Words<std::string_view, 2> kActions = {{{"pack", "pack"}, {"unpack", "unpack"}}};

class ParamsRun {
 public:
  ParamsRun(const ParamsArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments),
        common_(common),
        console_(console),
        program_findings_(console->findings_capacity()),
        parameter_findings_(console->findings_capacity()) {}

  int Do() {
    const BrokenPipeWaits broken_pipe_waits;
    OutputSet outputs;
    Status status = Open();
    if (status.ok()) status = Add(&outputs);
    console_->Report(
        {{model_.files.program, &program_findings_}, {model_.files.parameters.path, &parameter_findings_}});
    return status.ok() ? PrintAndCommit(Tell(), &outputs, console_) : console_->Fail(status);
  }

 private:
  Status Open() {
    if (Status s = OpenProgram(arguments_.model, arguments_.params, common_.limits, &program_findings_, &model_);
        !s.ok()) {
      return s;
    }
    const auto kind = arguments_.packs() ? ParameterPlace::Kind::kCombined : ParameterPlace::Kind::kSeparate;
    Result<ModelOutput> output = PlanParameterOutput(model_.files, arguments_.out, kind);
    if (!output.ok()) return output.status();
    output_ = std::move(*output);
    return OpenParameters(&model_, &parameter_findings_, console_);
  }

  Status Add(OutputSet* outputs) {
    std::vector<OutputParameter> copies;
    AddCopies(model_.parameters.get(), "", &copies);
    for (const Parameter& parameter : model_.parameters->parameters()) bytes_ += parameter.header.data_bytes;
    if (Status s = CheckParameterFiles(output_, false, copies, &parameter_findings_); !s.ok()) return s;
    return WriteModel(output_, nullptr, &copies, outputs);
  }

  CommandReport Tell() const {
    CommandReport told;
    told.result_on_standard_output = arguments_.out == "-";
    if (!console_->shows_summary()) return told;
    told.summary = NameOfInput(model_.files.parameters.path) + ": " +
                   Counted(model_.parameters->parameters().size(), "tensor") + ", " + Counted(bytes_, "byte") +
                   " of data, " + (arguments_.packs() ? "packed into " : "unpacked into ") +
                   (told.result_on_standard_output ? "standard output" : Quote(arguments_.out)) + "\n";
    return told;
  }

  const ParamsArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  Findings program_findings_;
  Findings parameter_findings_;
  ModelInput model_;
  ModelOutput output_;
  uint64_t bytes_ = 0;
};

// `pdquant params pack MODEL -o FILE`, `pdquant params unpack MODEL -o FOLDER`: the parameters of a model alone, from
// separate files into a combined one, or the other way.
int RunParams(const ParamsArguments& arguments, const CommonOptions& common, Console* console) {
  return ParamsRun(arguments, common, console).Do();
}

}  // namespace

void ParamsArguments::AddTo(OptionList* options) {
  options->Choice("ACTION", "",
                  "pack: separate files into a combined file; unpack: a combined file into separate files", kActions,
                  &action);
  options->Argument(
      "MODEL", "the model whose parameters they are: a folder, a prefix (P of P.pdmodel) or a program file", &model);
  options->OutputPath("-o,--out", "FILE|FOLDER",
                      "where the parameters go: a file for pack, - is standard output; a folder for unpack", &out,
                      PathRole::kResult);
  options->InputPath("--params", "FILE|DIR",
                     "the parameters of the model, where their name isn't __params__ or *.pdiparams", &params);
}

Status ParamsArguments::Validate() const {
  if (model.empty()) return UsageError("MODEL is required");
  if (out.empty()) return UsageError("-o is required");
  return {};
}

std::unique_ptr<Command> MakeParamsCommand() { return std::make_unique<CommandOf<ParamsArguments, RunParams>>(); }

}  // namespace pdquant
