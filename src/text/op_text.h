// How ops and variables are written on one line.
#ifndef PDQUANT_TEXT_OP_TEXT_H_
#define PDQUANT_TEXT_OP_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "ir/index.h"

namespace pdquant {

// "0:39": block and position in it. `--op` takes it.
std::string OpNumber(const Index& index, OpId op);

// Reads "39" (of block 0) or "2:39". Nothing where the program has no such op.
std::optional<OpId> FindOp(const Index& index, std::string_view number);

// "0:39 conv2d(Filter=conv2d_0.w_0, Input=image) -> Output=conv2d_0.tmp_0": uncut.
void AppendOpLine(const Index& index, OpId op, std::string* out);

// "conv2d_0.w_0 LOD_TENSOR FP32 [20, 1, 5, 5] persistable": uncut.
void AppendVarLine(const Index& index, VarId var, std::string* out);

// A name for a picture: escaped, without its middle where it is long.
std::string ShortName(std::string_view name);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_OP_TEXT_H_
