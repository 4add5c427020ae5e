// The rules of a run: which ops are quantized, and how. They are an ordered list, in which a later rule wins; options
// of the command line are rules like those of a file.
#ifndef PDQUANT_QUANTIZE_RULES_RULE_H_
#define PDQUANT_QUANTIZE_RULES_RULE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/name_table.h"
#include "paddle/quantizable_ops.h"
#include "paddle/scale_kinds.h"
#include "quantize/rules/name_pattern.h"

namespace pdquant {

// Which ops a rule asks for that are not quantized otherwise. A product of two activations is one that reads no weight.
enum class RuleRequest : uint8_t {
  kNone,      // it only speaks of ops that some rule asks for
  kByGroup,   // what the rows of the ops say: those of the reference, and those with a weight
  kTypes,     // those of its types; products of two activations only where the rule is about them, or about one op
  kProducts,  // products of two activations of the types that rules before it ask for
};

struct SelectionRule {
  // How messages and reports name it: "rules.toml:12", "--skip 'conv*'".
  std::string origin;
  // Of one that keeps ops in float: why, as a sentence about such an op.
  std::string why_float;

  // The rule is about the ops for which all of these hold.
  std::vector<const QuantizableOp*> types;  // one of them; empty for any
  std::optional<NamePattern> variable;      // the name of an operand
  std::optional<NamePattern> scope;         // the op's name scope
  std::optional<int32_t> block;
  std::optional<int64_t> op;       // its number in its block
  std::vector<uint32_t> ops = {};  // one of these, by their numbers in the program, sorted; empty for any
  bool products = false;           // it is a product of two activations
  bool marked = false;             // Paddle's mark says that it is to be skipped

  // What it says of them: they stay in float, or they are quantized, with these settings. With `variable` the settings
  // are for the operands of that name only. 0 and null leave a setting to the rules before.
  bool keep_float = false;
  RuleRequest request = RuleRequest::kNone;
  int32_t weight_bits = 0;
  int32_t activation_bits = 0;
  const ScaleKind* weight_quantize_type = nullptr;
  const ScaleKind* activation_quantize_type = nullptr;

  // The run made it, not a user: nobody is told where it matches nothing.
  bool built_in = false;

  bool IsOfType(const QuantizableOp& row) const {
    return types.empty() || std::find(types.begin(), types.end(), &row) != types.end();
  }
  bool has_settings() const {
    return weight_bits != 0 || activation_bits != 0 || weight_quantize_type != nullptr ||
           activation_quantize_type != nullptr;
  }
};

// A rule that a run makes, which has yet to say what it is about.
SelectionRule BuiltInRule(std::string_view origin);

using SelectionRules = std::vector<SelectionRule>;

// What a run quantizes that is told nothing.
enum class DefaultSelection : uint8_t {
  kByGroup,   // what the rows of the ops say, for training
  kProducts,  // every product, those of two activations too: what an inference model can have rounded
};

// The rules of a run that is told nothing: what it quantizes, and Paddle's mark.
SelectionRules DefaultRules(DefaultSelection selection = DefaultSelection::kByGroup);

// Which patterns of a list of rules a name matches: found once for each name.
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

#endif  // PDQUANT_QUANTIZE_RULES_RULE_H_
