// Which patterns of a list of rules a name matches: found once for each name.
#ifndef PDQUANT_QUANTIZE_RULES_NAME_MATCHES_H_
#define PDQUANT_QUANTIZE_RULES_NAME_MATCHES_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "ir/name_table.h"
#include "quantize/rules/rule.h"

namespace pdquant {

class NameMatches {
 public:
  // `pattern` says which condition of a rule is meant. The rules have to outlive the object.
  NameMatches(const SelectionRules& rules, std::optional<NamePattern> SelectionRule::*pattern);

  // By the number of a rule: whether its pattern matches. False for a rule without one. Valid as long as the object;
  // the name has to stay where it is.
  const std::vector<bool>& Of(std::string_view name);

 private:
  const SelectionRules& rules_;
  std::optional<NamePattern> SelectionRule::*pattern_;
  std::vector<size_t> with_pattern_;
  NameMap<const std::vector<bool>*> by_name_;
  std::map<std::vector<bool>, bool> sets_;  // each once: most names match the same
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_RULES_NAME_MATCHES_H_
