#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/commands/model_run.h"
#include "cli/commands/shared_options.h"
#include "paddle/scale_kinds.h"
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
  options->Choice(
      "--form", "FORM",
      "the form of the frozen model: legacy (integers in float\nparameters, products scaled back) or linear "
      "(INT8 weights,\nquantize_linear, dequantize_linear); default: the simulation's",
      "legacy or linear", [this](std::string_view word) {
        const std::optional<QuantizationForm> found = FindForm(word);
        if (!found || *found == QuantizationForm::kFused) return false;
        request_.form = found;
        return true;
      });
}

void ModelCommand::AddWeightsTo(OptionList* options) {
  static constexpr Words<int32_t, 2> kBits = {{{"8", 8}, {"16", 16}}};
  static const Words<bool, 2> kScales = {{{ScaleOfStep(QuantizationForm::kLegacy, false).word, false},
                                          {ScaleOfStep(QuantizationForm::kLegacy, true).word, true}}};
  static constexpr Words<Target, 1> kTargets = {{{"lite", Target::kLite}}};
  options->SetGroup("Quantization");
  options->Choice("--bits", "BITS", "the bits of the integers: 8 (default) or 16", kBits, &request_.weights.bits);
  options->Choice("--weight-quantize-type", "TYPE",
                  "how the scale of a weight is found; the default is a scale\nfor each channel", kScales,
                  &request_.weights.per_channel);
  options->Choice("--target", "NAME", "the engine that is to take the model: lite, which alone\ntakes such storage",
                  kTargets, &request_.target);
  selection_.AddTo(options);
}

void ModelCommand::AddConvertTo(OptionList* options) {
  options->SetGroup("Quantization");
  options->Choice("--form", "FORM",
                  "legacy (fake_quantize ops; integers in float parameters)\nor linear (quantize_linear, "
                  "dequantize_linear; INT8\nweights)",
                  "legacy or linear", [this](std::string_view word) {
                    const std::optional<QuantizationForm> found = FindForm(word);
                    if (!found || *found == QuantizationForm::kFused) return false;
                    request_.form = found;
                    return true;
                  });
  options->Choice("--target", "NAME",
                  "the engine that is to take the model: paddle, onednn,\ntensorrt, lite or onnx; says the form, "
                  "where --form\ndoesn't",
                  "paddle, onednn, tensorrt, lite or onnx", [this](std::string_view word) {
                    const Runtime* runtime = FindRuntime(word);
                    if (runtime != nullptr) request_.target = runtime->target;
                    return runtime != nullptr;
                  });
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
