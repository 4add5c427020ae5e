// Small programs from text. Protobuf's own text format takes six lines for a variable and says nothing of the graph; it
// stays where a test is about the fields themselves, or about whole files (testdata/passes).
#ifndef PDQUANT_TESTS_SUPPORT_PROGRAM_BUILDER_H_
#define PDQUANT_TESTS_SUPPORT_PROGRAM_BUILDER_H_

#include <string>
#include <string_view>

#include "pdquant/framework.pb.h"

namespace pdquant::testing {

// A program of lines; # begins a comment. Each function throws std::runtime_error on what it doesn't understand.
//   var w float32[8,8] persistable     a variable of the block, as MakeVar takes it
//   mul X=x Y=w : Out=y | op_role=0    an op of the block, as MakeOp takes it
//   undeclared y z                     names that nothing declares from here on
//   block 0                            begins a block, whose parent is block 0; `block 0 2`: the backward of block 2
// Lines before the first `block` belong to block 0, which has no parent. A name that an op uses and that is declared
// neither in its block nor in one around it is declared there, as float32[-1,8].
proto::ProgramDesc BuildProgram(std::string_view text);

// "NAME TYPE[DIM,…] FLAG …": TYPE is float32, float16, float64, int64, int32, int8 or bool; each FLAG one of
// persistable, parameter, stop_gradient, need_check_feed, selected_rows.
proto::VarDesc MakeVar(std::string_view text);

// "TYPE SLOT=NAME,… … : SLOT=NAME,… … | ATTRIBUTE=VALUE …". A VALUE is an int (3), a float (0.5), a bool (true), a
// block (block:1), a list of ints ([1,2]) or else a string.
proto::OpDesc MakeOp(std::string_view text);

// Appends an empty block with the next number.
proto::BlockDesc* AddBlock(proto::ProgramDesc* program, int parent, int forward);

// The reverse of MakeOp, without attributes: "mul X=x Y=w : Out=y".
std::string OpText(const proto::OpDesc& op);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_PROGRAM_BUILDER_H_
