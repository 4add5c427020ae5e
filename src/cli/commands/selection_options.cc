#include "cli/commands/selection_options.h"

#include <iterator>

#include "files/toml_file.h"
#include "quantize/rules/rules_file.h"

namespace pdquant {

void SelectionOptions::AddTo(OptionList* options) {
  options->SetGroup("Selection");
  options->Texts(
      "--op-type", "TYPE,...",
      "quantize ops of these types, where they read a weight,\ninstead of those by default; +TYPE adds one to "
      "them",
      &words.op_types);
  options->Flag("--products", "products of two activations of these types, too", &words.products);
  options->Texts(
      "--only", "PATTERN",
      "leave all ops in float but those that read a variable\nwhose name matches; scope:PATTERN means ops in "
      "that name\nscope, type:PATTERN those of that type; may come again",
      &words.only);
  options->Texts("--skip", "PATTERN", "leave such ops in float; may come again", &words.skip);
  options->InputPath("--rules", "FILE",
                     "more rules, in TOML: what is quantized, and with how many\nbits; a later one wins", &rules_file);
}

Result<SelectionRules> SelectionOptions::Rules() const {
  Result<SelectionRules> rules = RulesOfWords(words);
  if (!rules.ok() || rules_file.empty()) return rules;
  const Result<TomlFile> file = TomlFile::Read("--rules", rules_file);
  if (!file.ok()) return file.status();
  Result<SelectionRules> more = ReadRules(*file);
  if (!more.ok()) return more.status();
  std::move(more->begin(), more->end(), std::back_inserter(*rules));
  return rules;
}

}  // namespace pdquant
