#ifndef PDQUANT_CLI_COMMANDS_PARAMS_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_PARAMS_COMMAND_H_

#include <string>

#include "base/status.h"
#include "cli/shell/command.h"

namespace pdquant {

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

// `pdquant params pack MODEL -o FILE`, `pdquant params unpack MODEL -o FOLDER`: the parameters of a model alone, from
// separate files into a combined one, or the other way.
class ParamsCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  ParamsArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_PARAMS_COMMAND_H_
