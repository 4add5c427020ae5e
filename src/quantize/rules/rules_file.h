// Rules in a file: TOML, an ordered list of [[rule]]. docs/reference/rules.md describes it.
#ifndef PDQUANT_QUANTIZE_RULES_RULES_FILE_H_
#define PDQUANT_QUANTIZE_RULES_RULES_FILE_H_

#include "base/status.h"
#include "files/toml_file.h"
#include "quantize/rules/rule.h"

namespace pdquant {

// In the order of the file. Errors: kUsage, with line and column, where a rule isn't one.
Result<SelectionRules> ReadRules(const TomlFile& file);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_RULES_RULES_FILE_H_
