// What keeps a program from being frozen, and into which form it is frozen unless one is asked for.
#ifndef PDQUANT_QUANTIZE_FREEZE_FREEZE_CHECKS_H_
#define PDQUANT_QUANTIZE_FREEZE_FREEZE_CHECKS_H_

#include "analysis/quantized_values.h"
#include "base/finding.h"
#include "ir/index.h"
#include "quantize/freeze/freeze_plan.h"

namespace pdquant {

// That of the simulation: the pairs of Paddle 1.x and the fused form have no linear one, and mixed programs are legacy.
QuantizationForm FormOfSimulation(const QuantizedValues& all);

// False, with findings, where the program is no simulation for inference, or `target` can't hold what it quantizes.
bool CheckFreezable(const Index& index, const QuantizedValues& values, const FreezePlan& plan, QuantizationForm target,
                    Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_FREEZE_CHECKS_H_
