// The groups of rules that CheckProgram runs, one file each.
#ifndef PDQUANT_CHECK_RULES_H_
#define PDQUANT_CHECK_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "ir/index.h"

namespace pdquant {

// block-index, block-parent. True if names can be looked up through the blocks.
bool CheckBlocks(const Index& index, Findings* findings);
// The same of blocks that see too many others for names to be looked up in little time. Needs sound blocks.
bool CheckVisibleBlocks(const Index& index, Findings* findings);
// sub-block. True if the ops that run blocks can be found.
bool CheckSubBlocks(const Index& index, Findings* findings);
// empty-name, duplicate-variable, tensor-shape.
void CheckVariables(const Index& index, Findings* findings);
// empty-name of op types, undeclared-variable, bit-length; unwritten-variable and unwritten-result in a program
// whose sub-blocks are sound and that has no errors so far. Needs sound blocks.
void CheckOps(const Index& index, bool sound_sub_blocks, Findings* findings);

// quant-pair, quant-twice, quant-scale, quant-backward, quant-training. Needs sound blocks. Takes no time where no op
// quantizes.
void CheckQuantization(const Index& index, Findings* findings);

// Whether a block runs: it is the main block, or an op of a block that runs names it. By block. What stands in another
// block can do no harm. The sub-blocks needn't be sound.
std::vector<bool> BlocksThatRun(const Index& index);

// The place of an op, with its type; of a part of it, and of a variable (Place::part, Place::variable).
Place PlaceOfOp(const Index& index, OpId op, std::string part = "", std::string_view variable = {});

}  // namespace pdquant

#endif  // PDQUANT_CHECK_RULES_H_
