#ifndef PDQUANT_CLI_COMMANDS_MODELS_MODEL_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_MODELS_MODEL_COMMAND_H_

#include "cli/commands/models/model_arguments.h"
#include "cli/commands/selection_options.h"
#include "cli/shell/command.h"
#include "quantize/freeze/model_rewrite.h"

namespace pdquant {

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

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODELS_MODEL_COMMAND_H_
