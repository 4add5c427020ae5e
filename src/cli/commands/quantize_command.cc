#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/commands/model_run.h"
#include "cli/commands/shared_options.h"
#include "quantize/inference/quantize_model.h"
#include "quantize/options.h"

namespace pdquant {
namespace {

// `pdquant quantize MODEL --scales FILE`: a float inference model and scales in, an integer model out.
class QuantizeCommand : public Command {
 public:
  QuantizeCommand() { selection_.words.defaults = DefaultSelection::kProducts; }

  void AddOptions(OptionList* options) override;
  int Run(const CommonOptions& common, Console* console) override;

 private:
  // Errors: kUsage; kIo where the rules can't be read.
  Status Prepare();

  ModelArguments arguments_;
  std::string scales_;  // the file
  QuantizeOptions options_;
  SelectionOptions selection_;
};

}  // namespace

void QuantizeCommand::AddOptions(OptionList* options) {
  arguments_.AddTo(options);
  options->InputPath(
      "--scales", "FILE",
      "the scales of the activations, as JSON: what pdquant read writes, or {\"variable\": threshold, …}", &scales_);
  options->SetGroup("Quantization");
  AddForm(
      "the form of the result: legacy (default: integers in float parameters, products scaled back) or linear (INT8 "
      "weights, quantize_linear, dequantize_linear)",
      &options_.form, options);
  AddTarget("says the form, where --form doesn't, and what stays in float", &options_.target, options);
  AddWeightScale(&options_.per_channel, options);
  const auto in_range = [this] { return Validate(options_); };
  options->Integer("--weight-bits", "the bits of weights, 2 to 16; 2 to 8 in the linear form", &options_.weight_bits,
                   in_range);
  options->Integer("--activation-bits", "the bits of activations, the same", &options_.activation_bits, in_range);
  options->Flag("--fold-batch-norm", "first make each batch_norm behind a convolution a part of its weight and a bias",
                &options_.fold_batch_norm);
  options->Flag("--out-scales", "write the scales of outputs into the ops, too, for the runtimes that read them",
                &options_.out_scales);
  options->Flag("--strict", "refuse a model of which an op stays float for want of a scale", &options_.strict);
  selection_.AddTo(options);
}

Status QuantizeCommand::Prepare() {
  if (Status s = arguments_.Validate(); !s.ok()) return s;
  if (scales_.empty()) return UsageError("--scales is required: pdquant observe and pdquant read make the file");
  const std::array<FileRole, 2> inputs = {{{"--scales", scales_}, {"--rules", selection_.rules_file}}};
  if (Status s = arguments_.CheckOutputs(inputs); !s.ok()) return s;
  Result<SelectionRules> rules = selection_.Rules();
  if (!rules.ok()) return rules.status();
  options_.rules = std::move(*rules);
  return Validate(options_);
}

int QuantizeCommand::Run(const CommonOptions& common, Console* console) {
  if (const Status status = Prepare(); !status.ok()) return console->Fail(status);
  const Result<ScalesFile> scales = ScalesFile::Read(scales_);
  if (!scales.ok()) return console->Fail(scales.status());
  const auto rewrite = [&](Program program, ParameterValues* values, Findings* findings) {
    return QuantizeModel(std::move(program), options_, *scales, values, findings);
  };
  return RunModel(ModelRewrite::kQuantize, arguments_, rewrite, common, console);
}

std::unique_ptr<Command> MakeQuantizeCommand() { return std::make_unique<QuantizeCommand>(); }

}  // namespace pdquant
