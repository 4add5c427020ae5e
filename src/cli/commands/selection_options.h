#ifndef PDQUANT_CLI_COMMANDS_SELECTION_OPTIONS_H_
#define PDQUANT_CLI_COMMANDS_SELECTION_OPTIONS_H_

#include <string>

#include "base/status.h"
#include "cli/shell/option_list.h"
#include "quantize/rules/rule.h"
#include "quantize/rules/rule_words.h"

namespace pdquant {

// The group of options that say what a command quantizes, and how: the same in all commands that quantize.
struct SelectionOptions {
  RuleWords words;
  std::string rules_file;  // empty where none was given

  void AddTo(OptionList* options);

  // The rules of the options, and behind them those of the file. Errors: kUsage; kIo where the file can't be read.
  Result<SelectionRules> Rules() const;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_SELECTION_OPTIONS_H_
