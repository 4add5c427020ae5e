// Reads the static scale of a simulated activation or weight, and says whether training ever set it.
#ifndef PDQUANT_QUANTIZE_FREEZE_TRAINED_SCALE_H_
#define PDQUANT_QUANTIZE_FREEZE_TRAINED_SCALE_H_

#include "base/finding.h"
#include "base/status.h"
#include "quantize/forms/fake_pairs.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// The scale of a pair of range_abs_max or moving_average_abs_max, a finite number that is not negative. Errors:
// kBadInput, with a finding, where it can't be read, or still has the value that it starts with (scale 0.001, running
// sums of 1, an empty window): it would saturate everything.
Result<float> ReadTrainedScale(const Index& index, const FakePair& pair, ParameterValues* values, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_TRAINED_SCALE_H_
