#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"
#include "paddle/names.h"
#include "quantize/selection.h"

namespace pdquant {
namespace {

constexpr size_t kMostNames = 2000;
constexpr size_t kSuggested = 3;
// To look for the nearest name takes time, and nobody reads that many.
constexpr uint32_t kMostWithNearest = 20;

class Suggester {
 public:
  Suggester(const Index& main, const OpSelection& selection) : main_(main), selection_(selection) {}

  // What the pattern of a rule may have meant: the names of that kind at the ops that it could be about.
  std::string For(const SelectionRule& rule) const {
    std::set<std::string_view> names;
    for (OpId op = 0; op < main_.program().op_count() && names.size() < kMostNames; ++op) {
      const QuantizableOp* row = selection_.OfForward(op);
      if (row != nullptr && rule.IsOfType(*row)) AddNames(rule, op, *row, &names);
    }
    const std::vector<std::string_view> all(names.begin(), names.end());
    const std::string sketch = rule.variable ? rule.variable->sketch() : rule.scope ? rule.scope->sketch() : "";
    return SayNearest(NearestNames(sketch, all, kSuggested));
  }

 private:
  void AddNames(const SelectionRule& rule, OpId op, const QuantizableOp& row, std::set<std::string_view>* names) const {
    if (rule.variable) {
      for (const Argument& argument : main_.inputs(op)) {
        if (row.OperandIn(main_.name(argument.slot))) names->insert(main_.name(argument.name));
      }
    } else if (rule.scope) {
      const auto scope = main_.program().op(op).attr(attributes::kOpNamescope);
      const std::string_view path = scope ? scope->AsString().value_or("") : "";
      if (!path.empty()) names->insert(path);
    }
  }

  const Index& main_;
  const OpSelection& selection_;
};

}  // namespace

void WarnOfUnmetRules(const Index& main, const OpSelection& selection, Findings* findings) {
  const Suggester suggester(main, selection);
  uint32_t warned = 0;
  for (uint32_t i = 0; i < selection.rules().size(); ++i) {
    const SelectionRule& rule = selection.rules()[i];
    if (rule.built_in || selection.WasMet(i)) continue;
    const std::string nearest = warned++ < kMostWithNearest ? suggester.For(rule) : "";
    findings->Warning("unmet-rule", {}, rule.origin + " is about no op that could be quantized" + nearest);
  }
}

}  // namespace pdquant
