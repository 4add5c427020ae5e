#include "quantize/rules/name_matches.h"

namespace pdquant {

NameMatches::NameMatches(const SelectionRules& rules, std::optional<NamePattern> SelectionRule::*pattern)
    : rules_(rules), pattern_(pattern) {
  for (size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].*pattern) with_pattern_.push_back(i);
  }
}

const std::vector<bool>& NameMatches::Of(std::string_view name) {
  const auto [entry, is_new] = by_name_.try_emplace(name, nullptr);
  if (is_new) {
    std::vector<bool> matches(rules_.size());
    for (const size_t i : with_pattern_) matches[i] = (rules_[i].*pattern_)->Matches(name);
    entry.value() = &sets_.try_emplace(std::move(matches)).first->first;
  }
  return *entry->second;
}

}  // namespace pdquant
