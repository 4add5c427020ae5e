#include "check/rule_table.h"

#include <vector>

#include "base/find_row.h"
#include "check/rule_rows.h"

namespace pdquant {

std::span<const Rule> Rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> rules(CheckRules().begin(), CheckRules().end());
    rules.insert(rules.end(), CommandRules().begin(), CommandRules().end());
    return rules;
  }();
  return all;
}

const Rule* FindRule(std::string_view code) { return FindRow(Rules(), &Rule::code, code); }

}  // namespace pdquant
