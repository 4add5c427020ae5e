#include "quantize/rules/rule.h"

#include "paddle/names.h"

namespace pdquant {

SelectionRules DefaultRules() {
  SelectionRule by_group;
  by_group.origin = "default";
  by_group.request = RuleRequest::kByGroup;
  by_group.built_in = true;
  SelectionRule marked;
  marked.origin = kSkipMark;
  marked.marked = true;
  marked.keep_float = true;
  marked.why_float = "it is marked with " + marked.origin;
  marked.built_in = true;
  return {by_group, marked};
}

}  // namespace pdquant
