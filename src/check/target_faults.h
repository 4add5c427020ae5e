// The faults of runtimes (paddle/runtimes/runtime_faults.h), looked for in a program.
#ifndef PDQUANT_CHECK_TARGET_FAULTS_H_
#define PDQUANT_CHECK_TARGET_FAULTS_H_

#include "base/finding.h"
#include "check/model.h"
#include "ir/index.h"
#include "paddle/runtimes/runtimes.h"

namespace pdquant {

// Adds a finding for each place where the program is in a situation that the runtime has a fault for. Without
// a reader in `values` what only the parameters tell is not looked at. Linear.
void CheckTargetFaults(const Index& index, Target target, const ModelValues& values, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_TARGET_FAULTS_H_
