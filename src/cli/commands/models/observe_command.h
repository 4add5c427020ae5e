#ifndef PDQUANT_CLI_COMMANDS_MODELS_OBSERVE_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_MODELS_OBSERVE_COMMAND_H_

#include <string>

#include "cli/commands/models/model_arguments.h"
#include "cli/commands/selection_options.h"
#include "cli/shell/command.h"

namespace pdquant {

// What the command line of `observe` says.
struct ObserveArguments : ModelPaths {
  std::string histogram;  // a scales file
  std::string against;    // a quantized model
  bool portable = false;
  bool dry_run = false;
  SelectionOptions selection;

  void AddTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
};

// `pdquant observe MODEL`: gives a float model one more output, which says what its activations are.
class ObserveCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  ObserveArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODELS_OBSERVE_COMMAND_H_
