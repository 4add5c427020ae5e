#ifndef PDQUANT_CLI_COMMANDS_MODEL_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_MODEL_COMMAND_H_

#include <optional>
#include <string>

#include "cli/shell/command.h"
#include "quantize/freeze/model_rewrite.h"

namespace pdquant {

// What the command line of freeze, int8 and undo says. Empty paths were not given.
struct ModelArguments {
  std::string model;
  std::string params;
  std::string out;
  std::string params_out;
  std::string report;
  bool dry_run = false;
  bool in_place = false;
  std::optional<QuantizationForm> form;  // of freeze: of the frozen model

  void AddTo(OptionList* options);
  void AddFormTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
};

// `pdquant freeze|int8|undo MODEL`: they differ in what they do to the model, not in how they read and write it.
class ModelCommand : public Command {
 public:
  explicit ModelCommand(ModelRewrite rewrite) : rewrite_(rewrite) {}

  void AddOptions(OptionList* options) override {
    arguments_.AddTo(options);
    if (rewrite_ == ModelRewrite::kFreeze) arguments_.AddFormTo(options);
  }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  ModelRewrite rewrite_;
  ModelArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODEL_COMMAND_H_
