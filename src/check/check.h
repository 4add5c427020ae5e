// Is a program well formed? The rules that run before and after every rewrite, and as `pdquant check`.
// rule_table.h says what each code is for.
#ifndef PDQUANT_CHECK_CHECK_H_
#define PDQUANT_CHECK_CHECK_H_

#include "base/finding.h"
#include "ir/index.h"

namespace pdquant {

// The newest Paddle whose schema and ops are known: 2.6.2, written as ProgramDesc.version has it.
inline constexpr int64_t kNewestPaddle = 2'006'002;

// Adds a finding for each rule that is broken, all in one run. Linear in the size of the program. Returns whether its
// blocks are sound, which analyses need: who contains whom, and which op runs which.
bool CheckProgram(const Index& index, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_CHECK_H_
