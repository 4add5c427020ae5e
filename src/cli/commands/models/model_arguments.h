#ifndef PDQUANT_CLI_COMMANDS_MODELS_MODEL_ARGUMENTS_H_
#define PDQUANT_CLI_COMMANDS_MODELS_MODEL_ARGUMENTS_H_

#include <string>

#include "base/status.h"
#include "cli/shell/option_list.h"

namespace pdquant {

// What the command line of a command says that makes a model of a model. Empty paths were not given.
struct ModelArguments {
  std::string model;
  std::string params;
  std::string out;
  std::string params_out;
  std::string report;
  bool dry_run = false;
  bool in_place = false;

  void AddTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODELS_MODEL_ARGUMENTS_H_
