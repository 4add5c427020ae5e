// The rows of the rule table, by who says them.
#ifndef PDQUANT_CHECK_RULE_ROWS_H_
#define PDQUANT_CHECK_RULE_ROWS_H_

#include <span>

#include "check/rule_table.h"

namespace pdquant {

// What `check` finds in a program of Paddle and its parameters.
std::span<const Rule> CheckRules();
// What the other commands say, and what is found in programs of Paddle 3.
std::span<const Rule> CommandRules();

}  // namespace pdquant

#endif  // PDQUANT_CHECK_RULE_ROWS_H_
