// Every code that a finding or a failure may have, with what it is for: the one home of that.
#ifndef PDQUANT_CHECK_RULE_TABLE_H_
#define PDQUANT_CHECK_RULE_TABLE_H_

#include <span>
#include <string_view>

#include "base/finding.h"

namespace pdquant {

// Who finds it.
enum class RuleGroup {
  kProgram,       // `check`, of any program
  kQuantization,  // `check`, of a quantized program
  kParameters,    // `check` of a model
  kTarget,        // `check --target`
  kRewrite,       // transpile, freeze, int8, undo: they refuse a program, or say what became of it
  kPir,           // `check` and import, of a program of Paddle 3 (PIR)
  kImport,        // import refuses a program
  kRun,           // any command: it could not do its work
};

struct Rule {
  std::string_view code;
  Level level;
  RuleGroup group;
  std::string_view summary;  // one line: what is wrong where the code comes up
  std::string_view why;      // sentences: what the rule is for, and what to do
  std::string_view example;  // what a message looks like, from the place on
};

// In the order of the groups.
std::span<const Rule> Rules();
// Null for an unknown code.
const Rule* FindRule(std::string_view code);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_RULE_TABLE_H_
