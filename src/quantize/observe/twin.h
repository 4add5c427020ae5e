// A float program and the quantized one that came of it, side by side in one program, on the same inputs: what each
// quantized op writes can be compared with what the float op has in its place.
//
//   x ─┬─> assign ─> float/x ─────> … ─> float/y ─────────> … ─> fetch
//      └─> assign ─> quantized/x ─> … ─> quantized/y ─> …
//
// Inputs and outputs are those of the float program, under their names. Everything else has its old name behind
// "float/" or "quantized/".
#ifndef PDQUANT_QUANTIZE_OBSERVE_TWIN_H_
#define PDQUANT_QUANTIZE_OBSERVE_TWIN_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "ir/index.h"
#include "ir/program.h"

namespace pdquant {

inline constexpr std::string_view kFloatTwin = "float/";
inline constexpr std::string_view kQuantizedTwin = "quantized/";

// The variable of that name in the main block; kNoVar without one.
VarId MainVar(const Index& index, std::string_view name);

// The output of a quantized op, in both programs: names in the twin.
struct TwinOutput {
  std::string float_name;
  std::string quantized_name;
  // The number of the op of the twin's block 0 behind which both are there.
  int64_t behind = 0;
};

struct Twin {
  std::string bytes;                // the program
  std::vector<TwinOutput> outputs;  // in the order of the quantized program
};

// Both programs have been checked, and the first one isn't quantized. What can't be compared is a warning. Errors:
// kBadInput where the quantized program doesn't come of the other one, as far as inputs and outputs tell.
Result<Twin> MakeTwin(const Program& float_program, const Program& quantized, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_TWIN_H_
