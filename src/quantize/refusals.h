// What several passes refuse: programs that are quantized already, those of training, and forms that they don't take.
#ifndef PDQUANT_QUANTIZE_REFUSALS_H_
#define PDQUANT_QUANTIZE_REFUSALS_H_

#include <span>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "ir/index.h"

namespace pdquant {

// Reports each op that quantizes, or whose weight is stored as integers; `hint` says what to take instead. Quantizing
// twice is never meant: every rounding would be rounded again.
void RefuseQuantized(const Index& index, const std::string& hint, Findings* findings);

// Reports the first ops of a backward or an optimizer, as `text` and `hint` say. Whether there was one.
bool RefuseTraining(const Index& index, const std::string& text, const std::string& hint, Findings* findings);

// What a training program has to become first.
inline constexpr char kSaveForInference[] =
    "save the trained program for inference first (save_inference_model of its clone(for_test=True))";

// Reports the ops that belong to no value (QuantizedValues::unpaired): which form that is, and what can be done with
// the program in place of `command`.
void ReportOtherForm(const Index& index, std::span<const OpId> unpaired, std::string_view code,
                     std::string_view command, Findings* findings);

// Refuses what the command can't convert: ops whose weights are stored as integers (paddle/weight_only.h).
void RefuseWeightOnly(const Index& index, std::string_view code, std::string_view command, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_REFUSALS_H_
