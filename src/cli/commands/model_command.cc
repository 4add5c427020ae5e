#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/commands/model_run.h"
#include "cli/commands/shared_options.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/options.h"
#include "quantize/targets/target_form.h"

namespace pdquant {
namespace {

// `pdquant freeze|int8|undo|weights|convert MODEL`: they differ in what they do to the model, not in how they read and
// write it.
class ModelCommand : public Command {
 public:
  explicit ModelCommand(ModelRewrite rewrite) { request_.rewrite = rewrite; }

  void AddOptions(OptionList* options) override;
  int Run(const CommonOptions& common, Console* console) override;

 private:
  void AddFormTo(OptionList* options);
  void AddWeightsTo(OptionList* options);
  void AddConvertTo(OptionList* options);
  // Whether the options of convert fit each other. Errors: kUsage.
  Status ValidateConvert() const;
  // Completes the request by the files that the options name. Errors: kUsage, kIo.
  Status ReadRules();

  ModelArguments arguments_;
  ModelRequest request_;
  SelectionOptions selection_;  // of weights
};

}  // namespace

void ModelCommand::AddOptions(OptionList* options) {
  arguments_.AddTo(options);
  if (request_.rewrite == ModelRewrite::kFreeze) AddFormTo(options);
  if (request_.rewrite == ModelRewrite::kWeights) AddWeightsTo(options);
  if (request_.rewrite == ModelRewrite::kConvert) AddConvertTo(options);
}

void ModelCommand::AddFormTo(OptionList* options) {
  options->SetGroup("Quantization");
  AddForm(
      "the form of the frozen model: legacy (integers in float parameters, products scaled back) or linear "
      "(INT8 weights, quantize_linear, dequantize_linear); default: the simulation's",
      &request_.form, options);
}

void ModelCommand::AddWeightsTo(OptionList* options) {
  static constexpr Words<int32_t, 2> kBits = {{{"8", 8}, {"16", 16}}};
  static constexpr Words<Target, 1> kTargets = {{{"lite", Target::kLite}}};
  options->SetGroup("Quantization");
  options->Choice("--bits", "BITS", "the bits of the integers: 8 (default) or 16", kBits, &request_.weights.bits);
  AddWeightScale(&request_.weights.per_channel, options);
  options->Choice("--target", "NAME", "the engine that is to take the model: lite, which alone takes such storage",
                  kTargets, &request_.target);
  selection_.AddTo(options);
}

void ModelCommand::AddConvertTo(OptionList* options) {
  options->SetGroup("Quantization");
  AddForm(
      "legacy (fake_quantize ops; integers in float parameters) or linear (quantize_linear, dequantize_linear; INT8 "
      "weights)",
      &request_.form, options);
  AddTarget("says the form, where --form doesn't", &request_.target, options);
}

Status ModelCommand::ValidateConvert() const {
  if (!request_.form && !request_.target) return UsageError("one of --form and --target is required");
  if (!request_.form || !request_.target) return {};
  const TargetForm& target = TargetFormOf(*request_.target);
  if (target.takes_other_form || target.form == *request_.form) return {};
  return UsageError("--form " + std::string(WordOf(*request_.form)) + ": " +
                    std::string(RuntimeOf(*request_.target).word) + " takes the " + std::string(WordOf(target.form)) +
                    " form only");
}

Status ModelCommand::ReadRules() {
  if (request_.rewrite == ModelRewrite::kConvert) return ValidateConvert();
  if (request_.rewrite != ModelRewrite::kWeights) return {};
  const std::array<FileRole, 1> inputs = {{{"--rules", selection_.rules_file}}};
  if (Status s = arguments_.CheckOutputs(inputs); !s.ok()) return s;
  Result<SelectionRules> rules = selection_.Rules();
  if (rules.ok()) rules = RulesForWeightOnly(std::move(*rules));
  if (!rules.ok()) return rules.status();
  request_.weights.rules = std::move(*rules);
  return {};
}

int ModelCommand::Run(const CommonOptions& common, Console* console) {
  if (const Status status = ReadRules(); !status.ok()) return console->Fail(status);
  const auto rewrite = [this](Program program, ParameterValues* values, Findings* findings) {
    return RewriteModel(request_, std::move(program), values, findings);
  };
  return RunModel(request_.rewrite, arguments_, rewrite, common, console);
}

std::unique_ptr<Command> MakeModelCommand(ModelRewrite rewrite) { return std::make_unique<ModelCommand>(rewrite); }

}  // namespace pdquant
