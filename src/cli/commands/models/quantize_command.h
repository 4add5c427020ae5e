#ifndef PDQUANT_CLI_COMMANDS_MODELS_QUANTIZE_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_MODELS_QUANTIZE_COMMAND_H_

#include <string>

#include "cli/commands/models/model_arguments.h"
#include "cli/commands/selection_options.h"
#include "cli/shell/command.h"
#include "quantize/inference/quantize_model.h"

namespace pdquant {

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

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODELS_QUANTIZE_COMMAND_H_
