#include "quantize/rules/rule.h"

#include <utility>

#include "paddle/names.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {
namespace {

constexpr char kDefaultOrigin[] = "default";

SelectionRules ByGroup() {
  SelectionRule rule = BuiltInRule(kDefaultOrigin);
  rule.request = RuleRequest::kByGroup;
  return {rule};
}

SelectionRules AllProducts() {
  SelectionRule types = BuiltInRule(kDefaultOrigin);
  types.request = RuleRequest::kTypes;
  for (const QuantizableOp& row : QuantizableOps()) types.types.push_back(&row);
  SelectionRule products = BuiltInRule(kDefaultOrigin);
  products.request = RuleRequest::kProducts;
  products.products = true;
  return {types, products};
}

}  // namespace

SelectionRule BuiltInRule(std::string_view origin) {
  SelectionRule rule;
  rule.origin = origin;
  rule.built_in = true;
  return rule;
}

SelectionRules DefaultRules(DefaultSelection selection) {
  SelectionRules rules = selection == DefaultSelection::kProducts ? AllProducts() : ByGroup();
  SelectionRule marked = BuiltInRule(kSkipMark);
  marked.marked = true;
  marked.keep_float = true;
  marked.why_float = "it is marked with " + marked.origin;
  rules.push_back(std::move(marked));
  return rules;
}

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
