// Rules that were about nothing: most of them are misspelled.
#ifndef PDQUANT_QUANTIZE_UNMET_RULES_H_
#define PDQUANT_QUANTIZE_UNMET_RULES_H_

#include "base/finding.h"
#include "ir/index.h"
#include "quantize/selection.h"

namespace pdquant {

// Once the selection has chosen for all ops: a warning for each rule of the user that was about none of them, with the
// nearest names that are there.
void WarnOfUnmetRules(const Index& main, const OpSelection& selection, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_UNMET_RULES_H_
