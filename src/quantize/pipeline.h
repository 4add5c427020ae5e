// Runs several passes over one program, each on the result of the one before.
#ifndef PDQUANT_QUANTIZE_PIPELINE_H_
#define PDQUANT_QUANTIZE_PIPELINE_H_

#include <span>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "quantize/pass.h"

namespace pdquant {

// The program that the last pass leaves; `program` itself, byte for byte, where none changes it. Errors: those of
// RunPass.
Result<Program> RunPasses(Program program, std::span<Pass* const> passes, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_PIPELINE_H_
