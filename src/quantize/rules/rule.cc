#include "quantize/rules/rule.h"

#include <utility>

#include "paddle/names.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {
namespace {

constexpr char kDefaultOrigin[] = "default";

SelectionRules ByGroup() {
  SelectionRule rule;
  rule.origin = kDefaultOrigin;
  rule.request = RuleRequest::kByGroup;
  rule.built_in = true;
  return {rule};
}

SelectionRules AllProducts() {
  SelectionRule types;
  types.origin = kDefaultOrigin;
  types.request = RuleRequest::kTypes;
  for (const QuantizableOp& row : QuantizableOps()) types.types.push_back(&row);
  types.built_in = true;
  SelectionRule products;
  products.origin = kDefaultOrigin;
  products.request = RuleRequest::kProducts;
  products.products = true;
  products.built_in = true;
  return {types, products};
}

}  // namespace

SelectionRules DefaultRules(DefaultSelection selection) {
  SelectionRules rules = selection == DefaultSelection::kProducts ? AllProducts() : ByGroup();
  SelectionRule marked;
  marked.origin = kSkipMark;
  marked.marked = true;
  marked.keep_float = true;
  marked.why_float = "it is marked with " + marked.origin;
  marked.built_in = true;
  rules.push_back(std::move(marked));
  return rules;
}

}  // namespace pdquant
