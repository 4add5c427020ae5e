#include "check/rule_table.h"

#include <algorithm>
#include <vector>

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

const Rule* FindRule(std::string_view code) {
  const std::span<const Rule> rules = Rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.code == code; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace pdquant
