#ifndef PDQUANT_CLI_COMMANDS_MODEL_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_MODEL_COMMAND_H_

#include <string>

#include "cli/commands/selection_options.h"
#include "cli/shell/command.h"
#include "quantize/freeze/model_rewrite.h"

namespace pdquant {

// What the command line of freeze, int8, undo and weights says. Empty paths were not given.
struct ModelArguments {
  std::string model;
  std::string params;
  std::string out;
  std::string params_out;
  std::string report;
  bool dry_run = false;
  bool in_place = false;
  ModelRequest request;
  SelectionOptions selection;  // of weights

  void AddTo(OptionList* options);
  void AddFormTo(OptionList* options);
  void AddWeightsTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
  // Completes the request by the files that the options name. Errors: kUsage, kIo.
  Status ReadRules();
};

// `pdquant freeze|int8|undo|weights MODEL`: they differ in what they do to the model, not in how they read and write
// it.
class ModelCommand : public Command {
 public:
  explicit ModelCommand(ModelRewrite rewrite) { arguments_.request.rewrite = rewrite; }

  void AddOptions(OptionList* options) override {
    arguments_.AddTo(options);
    if (arguments_.request.rewrite == ModelRewrite::kFreeze) arguments_.AddFormTo(options);
    if (arguments_.request.rewrite == ModelRewrite::kWeights) arguments_.AddWeightsTo(options);
  }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  ModelArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODEL_COMMAND_H_
