// The options of the command line that are rules. Their order, in which a later one wins: --op-type, --products,
// Paddle's mark, --only, --skip; what a rules file has comes behind them.
#ifndef PDQUANT_QUANTIZE_RULES_RULE_WORDS_H_
#define PDQUANT_QUANTIZE_RULES_RULE_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "quantize/rules/rule.h"

namespace pdquant {

struct RuleWords {
  DefaultSelection defaults = DefaultSelection::kByGroup;  // what `op_types` without a + stand instead of
  // Each a list with commas: types instead of those by default, "+TYPE" beside them.
  std::vector<std::string> op_types;
  bool products = false;
  // Patterns of variables; "scope:" or "type:" in front means a name scope or an op's type.
  std::vector<std::string> only;
  std::vector<std::string> skip;
};

// Errors: kUsage, naming the option.
Result<SelectionRules> RulesOfWords(const RuleWords& words);

// The rows of the op types that a glob matches, those of products first. Errors: kUsage, where it matches none, with
// the nearest type.
Result<std::vector<const QuantizableOp*>> FindOpTypes(std::string_view glob);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_RULES_RULE_WORDS_H_
