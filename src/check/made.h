// The check of what a pass made: quick, since it looks at nothing else.
#ifndef PDQUANT_CHECK_MADE_H_
#define PDQUANT_CHECK_MADE_H_

#include <string_view>

#include "base/finding.h"
#include "ir/edit/edits.h"
#include "ir/index.h"

namespace pdquant {

// Adds a finding where a new variable has a name that is declared already; where a new op, or a changed slot, names a
// variable that its block doesn't see; and where an op goes on naming a variable that was removed, or reading one whose
// writers were all removed, or whose last one before the op was. `index` is of the program before the edits, and has
// been checked. Linear in what was made; in the program where something was removed.
void CheckMade(const Index& index, const Edits& edits, Findings* findings);

// The last of these alone, with a hint, and also of ops that were edited. A pass asks where it is the input's fault:
// --for-test leaves a reader of what an op of the optimizer writes.
void CheckRemoved(const Index& index, const Edits& edits, std::string_view hint, Findings* findings);

// The rules of quantization for a program that had no quantize ops before the edits: quant-pair, quant-twice,
// quant-backward. Linear in what was made, and in the number of ops where something was quantized.
void CheckMadeQuantization(const Index& index, const Edits& edits, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_MADE_H_
