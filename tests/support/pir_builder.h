// Small programs of PIR from lines of text. The file format names neither operands nor results; here a line is an op:
//   %1:f32[4,4] = p w                              a parameter; `p w lost` for one that isn't persistable
//   %2:f32[-1,4] = data x                          an input, with all its attributes
//   %3:f32[-1,4] = 1.matmul %2 %1 | transpose_x=bool:false transpose_y=bool:false
//   fetch 0 %3                                     an output, with all its attributes
//   %4:f32[1] = 1.if %2 {                          a block begins; `{ %-1:f32[1]` with arguments
//   } {                                            and the next one; a yield is `2.yield %3`
//   }
//   version 99                                     of the format; 4 where no line says
// Types are f32[4,4], list(f32[2],f32[2]), array(f32[-1]) and null; values of attributes KIND:V with the kinds bool,
// i32, i64, f32, f64, str, dtype, ints (an IntArray), i32s, i64s, f32s, f64s, scalars, place, and json for anything.
#ifndef PDQUANT_TESTS_SUPPORT_PIR_BUILDER_H_
#define PDQUANT_TESTS_SUPPORT_PIR_BUILDER_H_

#include <string>
#include <string_view>

namespace pdquant::testing {

// The JSON text of the program, as Paddle writes it. What it can't read throws.
std::string BuildPir(std::string_view lines);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_PIR_BUILDER_H_
