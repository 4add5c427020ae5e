#ifndef PDQUANT_CLI_COMMANDS_READ_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_READ_COMMAND_H_

#include <string>
#include <vector>

#include "calibrate/scales.h"
#include "cli/shell/command.h"

namespace pdquant {

// What the command line of `read` says. An empty path was not given.
struct ReadArguments {
  std::string observed;
  std::vector<std::string> values;
  std::string out;
  ScaleAlgorithm algorithm = ScaleAlgorithm::kAbsMax;
  float percentile = static_cast<float>(kUsualShare);
  OutputFormat format = OutputFormat::kText;

  void AddTo(OptionList* options);

  // Errors: kUsage.
  Status Validate() const;
};

// `pdquant read OBSERVED VALUES...`: makes scales of what the output of an observed model was.
class ReadCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  ReadArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_READ_COMMAND_H_
