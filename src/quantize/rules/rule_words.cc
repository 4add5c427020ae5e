#include "quantize/rules/rule_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/escape.h"
#include "base/nearest.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {
namespace {

constexpr std::string_view kScopePrefix = "scope:";
constexpr std::string_view kTypePrefix = "type:";

Status Name(std::string_view option, const Status& status) {
  return status.WithMessage(std::string(option) + ": " + status.message());
}

// Sets the condition that a pattern of --only or --skip stands for.
Status SetCondition(std::string_view pattern, SelectionRule* rule) {
  if (pattern.starts_with(kTypePrefix)) {
    auto types = FindOpTypes(pattern.substr(kTypePrefix.size()));
    if (!types.ok()) return types.status();
    rule->types = std::move(*types);
    return {};
  }
  const bool is_scope = pattern.starts_with(kScopePrefix);
  Result<NamePattern> compiled =
      is_scope ? NamePattern::ScopeGlob(pattern.substr(kScopePrefix.size())) : NamePattern::Glob(pattern);
  if (!compiled.ok()) return compiled.status();
  (is_scope ? rule->scope : rule->variable) = std::move(*compiled);
  return {};
}

class RuleMaker {
 public:
  explicit RuleMaker(const RuleWords& words) : words_(words) {}

  Result<SelectionRules> Make() {
    for (const Status& status : {AddTypes(), AddProducts(), AddMark(), AddOnly(), AddSkip()}) {
      if (!status.ok()) return status;
    }
    return std::move(rules_);
  }

 private:
  // One rule for the types that stand instead of the default, one for those beside it.
  Status AddTypes() {
    std::array<SelectionRule, 2> asked;
    for (const std::string& list : words_.op_types) {
      std::string_view rest = list;
      for (bool more = true; more;) {
        const size_t comma = rest.find(',');
        more = comma != std::string_view::npos;
        std::string_view type = rest.substr(0, comma);
        const bool beside = type.starts_with('+');
        if (beside) type.remove_prefix(1);
        auto rows = FindOpTypes(type);
        if (!rows.ok()) return Name("--op-type", rows.status());
        std::vector<const QuantizableOp*>& types = asked[beside ? 1 : 0].types;
        types.insert(types.end(), rows->begin(), rows->end());
        if (more) rest.remove_prefix(comma + 1);
      }
    }
    if (asked[0].types.empty()) {
      rules_ = DefaultRules(words_.defaults);
      rules_.pop_back();  // the mark comes behind
    }
    for (SelectionRule& rule : asked) {
      if (rule.types.empty()) continue;
      rule.origin = "--op-type";
      rule.request = RuleRequest::kTypes;
      rules_.push_back(std::move(rule));
    }
    return {};
  }

  Status AddProducts() {
    if (!words_.products) return {};
    SelectionRule rule = BuiltInRule("--products");
    rule.products = true;
    rule.request = RuleRequest::kProducts;
    rules_.push_back(std::move(rule));
    return {};
  }

  Status AddMark() {
    rules_.push_back(DefaultRules().back());
    return {};
  }

  // All stay in float, but for those that one of the patterns names.
  Status AddOnly() {
    if (words_.only.empty()) return {};
    SelectionRule all = BuiltInRule("--only");
    all.keep_float = true;
    all.why_float = "--only doesn't name it";
    rules_.push_back(std::move(all));
    return AddPatterns("--only", words_.only, false);
  }

  Status AddSkip() { return AddPatterns("--skip", words_.skip, true); }

  Status AddPatterns(const std::string& option, const std::vector<std::string>& patterns, bool keep_float) {
    for (const std::string& pattern : patterns) {
      SelectionRule rule;
      rule.origin = option + " " + Quote(pattern);
      rule.keep_float = keep_float;
      if (keep_float) rule.why_float = rule.origin + " keeps it in float";
      if (const Status status = SetCondition(pattern, &rule); !status.ok()) return Name(rule.origin, status);
      rules_.push_back(std::move(rule));
    }
    return {};
  }

  const RuleWords& words_;
  SelectionRules rules_;
};

}  // namespace

Result<SelectionRules> RulesOfWords(const RuleWords& words) { return RuleMaker(words).Make(); }

Result<std::vector<const QuantizableOp*>> FindOpTypes(std::string_view glob) {
  const Result<NamePattern> pattern = NamePattern::Glob(glob);
  if (!pattern.ok()) return pattern.status();
  std::vector<const QuantizableOp*> rows;
  std::vector<std::string_view> known;
  for (const auto& table : {QuantizableOps(), ActivationOps()}) {
    for (const QuantizableOp& row : table) {
      known.push_back(row.type);
      if (pattern->Matches(row.type)) rows.push_back(&row);
    }
  }
  if (!rows.empty()) return rows;
  if (glob == op_types::kFillConstant) return UsageError(Quote(glob) + " has no input that could be rounded");
  return UsageError("no op type that can be quantized is " + Quote(glob) +
                    SayNearest(NearestNames(pattern->sketch(), known, 1)));
}

}  // namespace pdquant
