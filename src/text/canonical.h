// Text made for comparing: what a program means, one fact a line. The same meaning gives the same text.
//
//   program
//     version: 1008005
//   block main
//     var conv2d_0.w_0
//       type: LOD_TENSOR FP32 [20, 1, 5, 5]
//       persistable: true
//     op conv2d
//       out Output: conv2d_0.tmp_0
//       in Filter: conv2d_0.w_0
//       in Input: image
//       attr groups: INT 1
//
// Variables, slots and attributes come in the byte order of their names, ops in theirs. Nothing is numbered by its
// position, so that an op that is added only adds lines. op_callstack is left out, and so are values that are the
// default. What the schema doesn't know is shown with its bytes. docs/reference/canonical.md describes the form.
#ifndef PDQUANT_TEXT_CANONICAL_H_
#define PDQUANT_TEXT_CANONICAL_H_

#include "ir/index.h"
#include "text/text_sink.h"

namespace pdquant {

// Works for any program that loads, whatever rules it breaks. False where the sink didn't want more.
bool WriteCanonical(const Index& index, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_CANONICAL_H_
