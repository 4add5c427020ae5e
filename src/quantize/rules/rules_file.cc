#include "quantize/rules/rules_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/nearest.h"
#include "base/words.h"
#include "files/path.h"
#include "quantize/options.h"
#include "quantize/rules/rule_words.h"

namespace pdquant {
namespace {

constexpr std::string_view kRule = "rule";
constexpr std::string_view kFloat = "float";
// Each may hold a regular expression, which takes its share of memory.
constexpr size_t kMostRules = 1000;

// Reads one [[rule]].
class RuleReader {
 public:
  explicit RuleReader(const TomlFile& file) : file_(file) {}

  Result<SelectionRule> Read(const toml::table& table) {
    for (const auto& [key, value] : table) {
      const std::string_view name = key.str();
      const auto* row = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& k) { return k.name == name; });
      if (row == kKeys.end()) return UnknownKey(key);
      if (const Status status = (this->*row->read)(value); !status.ok())
        return file_.Error(value.source(), std::string(row->name) + ": " + status.message());
    }
    if (Status status = Finish(table); !status.ok()) return status;
    return std::move(rule_);
  }

 private:
  struct Key {
    std::string_view name;
    Status (RuleReader::*read)(const toml::node& value);
  };
  static const std::array<Key, 12> kKeys;

  Status UnknownKey(const toml::key& key) const {
    std::vector<std::string_view> known;
    known.reserve(kKeys.size());
    for (const Key& row : kKeys) known.push_back(row.name);
    return file_.Error(key.source(),
                       "a rule has no key " + Quote(key.str()) + SayNearest(NearestNames(key.str(), known, 1)));
  }

  static Result<std::string_view> Text(const toml::node& value) {
    const auto* text = value.as_string();
    if (text == nullptr) return UsageError("has to be a string");
    return std::string_view(text->get());
  }

  static Status ReadNumber(const toml::node& value, int64_t low, int64_t high, int64_t* number) {
    const auto* integer = value.as_integer();
    if (integer == nullptr) return UsageError("has to be an integer");
    *number = integer->get();
    if (*number >= low && *number <= high) return {};
    return UsageError(std::to_string(*number) + " is not between " + std::to_string(low) + " and " +
                      std::to_string(high));
  }

  static Status ReadBits(const toml::node& value, int32_t* bits) {
    int64_t number = 0;
    if (Status status = ReadNumber(value, kFewestBits, kMostBits, &number); !status.ok()) return status;
    *bits = static_cast<int32_t>(number);
    return {};
  }

  static Status ReadScaleKind(const toml::node& value, const ScaleKind** kind) {
    const auto word = Text(value);
    if (!word.ok()) return word.status();
    *kind = FindScaleKind(*word);
    return *kind != nullptr ? Status() : UsageError(Quote(*word) + " is not " + JoinWords(ScaleWords()));
  }

  using PatternMaker = Result<NamePattern> (*)(std::string_view);
  static Status ReadPattern(const toml::node& value, PatternMaker make, std::optional<NamePattern>* pattern) {
    const auto text = Text(value);
    if (!text.ok()) return text.status();
    auto made = make(*text);
    if (!made.ok()) return made.status();
    *pattern = std::move(*made);
    return {};
  }

  Status ReadType(const toml::node& value) {
    const auto text = Text(value);
    if (!text.ok()) return text.status();
    auto types = FindOpTypes(*text);
    if (!types.ok()) return types.status();
    rule_.types = std::move(*types);
    return {};
  }

  Status ReadVariable(const toml::node& value) { return ReadPattern(value, NamePattern::Glob, &rule_.variable); }
  Status ReadVariableRegex(const toml::node& value) { return ReadPattern(value, NamePattern::Regex, &regex_); }
  Status ReadScope(const toml::node& value) { return ReadPattern(value, NamePattern::ScopeGlob, &rule_.scope); }

  Status ReadBlock(const toml::node& value) {
    int64_t number = 0;
    if (Status status = ReadNumber(value, 0, INT32_MAX, &number); !status.ok()) return status;
    rule_.block = static_cast<int32_t>(number);
    return {};
  }

  Status ReadOp(const toml::node& value) { return ReadNumber(value, 0, UINT32_MAX, &rule_.op.emplace()); }

  Status ReadProducts(const toml::node& value) {
    const auto* flag = value.as_boolean();
    if (flag == nullptr || !flag->get()) return UsageError("has to be true, or be left out");
    rule_.products = true;
    return {};
  }

  Status ReadKeep(const toml::node& value) {
    const auto text = Text(value);
    if (!text.ok()) return text.status();
    if (*text != kFloat) return UsageError(Quote(*text) + " is not " + Quote(kFloat));
    rule_.keep_float = true;
    return {};
  }

  Status ReadWeightBits(const toml::node& value) { return ReadBits(value, &rule_.weight_bits); }
  Status ReadActivationBits(const toml::node& value) { return ReadBits(value, &rule_.activation_bits); }
  Status ReadWeightType(const toml::node& value) { return ReadScaleKind(value, &rule_.weight_quantize_type); }
  Status ReadActivationType(const toml::node& value) { return ReadScaleKind(value, &rule_.activation_quantize_type); }

  // What the keys say together.
  Status Finish(const toml::table& table) {
    const auto wrong = [&](const char* text) { return file_.Error(table.source(), text); };
    if (rule_.keep_float && rule_.has_settings())
      return wrong("a rule with keep = \"float\" has no bits and no types of scales");
    if (!rule_.keep_float && !rule_.has_settings()) {
      return wrong(
          "the rule says nothing of what it matches: give keep = \"float\", weight-bits, activation-bits, "
          "weight-quantize-type or activation-quantize-type");
    }
    if (regex_ && rule_.variable) return wrong("variable and variable-regex exclude each other");
    if (regex_) rule_.variable = std::move(regex_);
    // Without a block, an op's number is one of the main block's.
    if (rule_.op && !rule_.block) rule_.block = 0;
    rule_.origin = Escape(NameOf(file_.path())) + ":" + std::to_string(table.source().begin.line);
    if (rule_.keep_float) rule_.why_float = rule_.origin + " keeps it in float";
    if (!rule_.keep_float && rule_.products) rule_.request = RuleRequest::kProducts;
    if (!rule_.keep_float && (!rule_.types.empty() || rule_.op)) rule_.request = RuleRequest::kTypes;
    return {};
  }

  const TomlFile& file_;
  SelectionRule rule_;
  std::optional<NamePattern> regex_;
};

const std::array<RuleReader::Key, 12> RuleReader::kKeys = {{
    {"type", &RuleReader::ReadType},
    {"variable", &RuleReader::ReadVariable},
    {"variable-regex", &RuleReader::ReadVariableRegex},
    {"scope", &RuleReader::ReadScope},
    {"block", &RuleReader::ReadBlock},
    {"op", &RuleReader::ReadOp},
    {"products", &RuleReader::ReadProducts},
    {"keep", &RuleReader::ReadKeep},
    {"weight-bits", &RuleReader::ReadWeightBits},
    {"activation-bits", &RuleReader::ReadActivationBits},
    {"weight-quantize-type", &RuleReader::ReadWeightType},
    {"activation-quantize-type", &RuleReader::ReadActivationType},
}};

}  // namespace

Result<SelectionRules> ReadRules(const TomlFile& file) {
  SelectionRules rules;
  for (const auto& [key, value] : file.table()) {
    if (key != kRule) {
      return file.Error(key.source(),
                        "there is no key " + Quote(key.str()) + " in a rules file, which is a list of [[rule]]");
    }
    const toml::array* list = value.as_array();
    if (list == nullptr) return file.Error(value.source(), "rule has to be a list: [[rule]]");
    for (const toml::node& node : *list) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return file.Error(node.source(), "rule has to be a list of tables: [[rule]]");
      if (rules.size() == kMostRules)
        return file.Error(node.source(), "there are more than " + std::to_string(kMostRules) + " rules");
      Result<SelectionRule> rule = RuleReader(file).Read(*table);
      if (!rule.ok()) return rule.status();
      rules.push_back(std::move(*rule));
    }
  }
  return rules;
}

}  // namespace pdquant
