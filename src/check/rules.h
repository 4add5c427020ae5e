// The groups of rules that CheckProgram runs, one file each.
#ifndef PDQUANT_CHECK_RULES_H_
#define PDQUANT_CHECK_RULES_H_

#include "base/finding.h"
#include "ir/index.h"

namespace pdquant {

// block-index, block-parent. True if names can be looked up through the blocks.
bool CheckBlocks(const Index& index, Findings* findings);
// The same of blocks that see too many others for names to be looked up in little time. Needs sound blocks.
bool CheckVisibleBlocks(const Index& index, Findings* findings);
// sub-block.
void CheckSubBlocks(const Index& index, Findings* findings);
// empty-name, duplicate-variable, tensor-shape.
void CheckVariables(const Index& index, Findings* findings);
// empty-name of op types, undeclared-variable, bit-length. Needs sound blocks.
void CheckOps(const Index& index, Findings* findings);

// quant-pair, quant-twice, quant-scale, quant-backward, quant-training. Needs sound blocks. Takes no time where no op
// quantizes.
void CheckQuantization(const Index& index, Findings* findings);

// The place of an op, with its type.
Place PlaceOfOp(const Index& index, OpId op);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_RULES_H_
