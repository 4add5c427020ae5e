// What several passes refuse: programs that are quantized already, and those of training.
#ifndef PDQUANT_QUANTIZE_REFUSALS_H_
#define PDQUANT_QUANTIZE_REFUSALS_H_

#include <string>

#include "base/finding.h"
#include "ir/index.h"

namespace pdquant {

// Reports each op that quantizes, or whose weight is stored as integers; `hint` says what to take instead. Quantizing
// twice is never meant: every rounding would be rounded again.
void RefuseQuantized(const Index& index, const std::string& hint, Findings* findings);

// Reports the first ops of a backward or an optimizer, as `text` and `hint` say. Whether there was one.
bool RefuseTraining(const Index& index, const std::string& text, const std::string& hint, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_REFUSALS_H_
