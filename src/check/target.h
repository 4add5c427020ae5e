// Will a runtime take a quantized program, and compute it right?
#ifndef PDQUANT_CHECK_TARGET_H_
#define PDQUANT_CHECK_TARGET_H_

#include "base/finding.h"
#include "check/model.h"
#include "ir/index.h"
#include "paddle/runtimes/runtimes.h"

namespace pdquant {

// Adds a finding for each thing that keeps the runtime from taking the program, or from computing it right; its text
// names where in the runtime that is. Without a reader in `values` what only the parameters tell is not looked at
// (the bits of a frozen weight). A program without quantize ops has no blockers but ops of training. Linear.
void CheckTarget(const Index& index, Target target, const ModelValues& values, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_TARGET_H_
