#ifndef PDQUANT_CLI_COMMANDS_IMPORT_COMMAND_H_
#define PDQUANT_CLI_COMMANDS_IMPORT_COMMAND_H_

#include <string>
#include <vector>

#include "cli/shell/command.h"
#include "pir/import/import.h"

namespace pdquant {

// What the command line of import says. Empty paths were not given.
struct ImportArguments {
  std::string model;
  std::string params;
  std::string out;
  std::string params_out;
  std::string report;
  std::vector<std::string> input_shapes;
  bool dry_run = false;
  pir::ImportOptions options;

  void AddTo(OptionList* list);
  // Do the options make sense together? Reads the shapes. Errors: kUsage.
  Status Validate();
};

// `pdquant import MODEL -o OUT`: a program of Paddle 3 becomes a ProgramDesc; its parameters stay as they are.
class ImportCommand : public Command {
 public:
  void AddOptions(OptionList* options) override { arguments_.AddTo(options); }
  int Run(const CommonOptions& common, Console* console) override;

 private:
  ImportArguments arguments_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_IMPORT_COMMAND_H_
