#ifndef PDQUANT_CLI_COMMANDS_MODELS_MODEL_ARGUMENTS_H_
#define PDQUANT_CLI_COMMANDS_MODELS_MODEL_ARGUMENTS_H_

#include <string>

#include "base/status.h"
#include "cli/shell/option_list.h"

namespace pdquant {

// The files of a command that makes a model of a model. Empty paths were not given.
struct ModelPaths {
  std::string model;
  std::string params;
  std::string out;
  std::string params_out;

  void AddTo(OptionList* options);
};

// What the command line of such a command says.
struct ModelArguments : ModelPaths {
  std::string report;
  bool dry_run = false;
  bool in_place = false;

  void AddTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_MODELS_MODEL_ARGUMENTS_H_
