#ifndef PDQUANT_CLI_CHECK_COMMAND_H_
#define PDQUANT_CLI_CHECK_COMMAND_H_

#include <string>

#include "cli/command.h"

namespace pdquant {

// `pdquant check PROGRAM`: is it well formed? All findings on standard error, one line of result on standard output.
class CheckCommand : public Command {
 public:
  void AddOptions(OptionList* options) override;
  int Run(const CommonOptions& common, Console* console) override;

 private:
  std::string program_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_CHECK_COMMAND_H_
