// What runtimes must not make one op of, so that the meters have something to read.
#ifndef PDQUANT_QUANTIZE_OBSERVE_FUSION_GUARD_H_
#define PDQUANT_QUANTIZE_OBSERVE_FUSION_GUARD_H_

#include <vector>

#include "quantize/observe/observed_values.h"
#include "quantize/pass.h"

namespace pdquant {

// Where a runtime would make one op of the op that writes a value and one that reads it, without a look at who else
// reads it (IsFusedBlindly), the reader gets a copy of the value. Before anything else is inserted behind the writers.
void KeepFromFusion(const std::vector<ObservedValue>& values, EditableProgram* program);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_FUSION_GUARD_H_
