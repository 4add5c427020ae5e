// Is a program well formed? The rules that run before and after every rewrite, and as `pdquant check`.
//
// Codes of this library's findings, beside those of the wire scan (missing-field, attribute-value):
//   block-index          a block's idx is not its position
//   block-parent         parent_idx or forward_block_idx leads nowhere, to the block itself or to a later one
//   sub-block            an attribute names a block that doesn't exist, that holds the op itself, or that another op
//   owns empty-name           a variable, or an op's type, has an empty name duplicate-variable   a block declares a
//   variable twice undeclared-variable  an op names a variable that no visible block declares tensor-shape         a
//   persistable tensor's shape is impossible bit-length           a quantize op has a bit length outside 2 to 16
//   quant-pair           quantize and dequantize don't belong together: a partner is missing, or has another scale or
//   other bits quant-twice          a value is quantized that was quantized already quant-scale          a scale has an
//   impossible shape or value quant-backward       a backward op reads the float form of what the forward op reads
//   quantized, or the other way round quant-training       a frozen program still holds what only training needs
//   newer-version        (warning) the program is of a newer Paddle than any known here
//   no-version           (warning) the program doesn't say which Paddle wrote it
#ifndef PDQUANT_CHECK_CHECK_H_
#define PDQUANT_CHECK_CHECK_H_

#include "base/finding.h"
#include "ir/index.h"

namespace pdquant {

// The newest Paddle whose schema and ops are known: 2.6.2, written as ProgramDesc.version has it.
inline constexpr int64_t kNewestPaddle = 2'006'002;

// Adds a finding for each rule that is broken, all in one run. Linear in the size of the program.
void CheckProgram(const Index& index, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_CHECK_H_
