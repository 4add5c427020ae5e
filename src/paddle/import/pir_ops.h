// What the ops of Paddle 3's PIR are in a ProgramDesc, as a table: pir_ops.tsv, a row for each op of PIR.
//
// `inputs` and `outputs` go by position, since PIR has no names there. A cell holds words with a space between them:
//   SLOT          the operand is the argument of that slot
//   SLOT*         it is a list, whose members are the arguments
//   …?            it may be absent
//   @A:T=S|L      a constant becomes the attribute A of type T; a tensor goes to slot S, a list of tensors of one
//                 element each to slot L; where there is no such slot, only constants are taken
//   -             it isn't passed on
//   +SLOT         of outputs: PIR has no such result; a variable is made for it
// `attributes` says what becomes of the attributes of the PIR op, all of which have to be there:
//   P>A:T         P is the attribute A of type T; DTYPE is a word such as "float32", which becomes a number, LAYOUT
//                 one such as "NCHW"
//   P>A:T=V|W     its text has to be one of these; with =1+ its numbers have to be 1 or more
//   P!V           P has to be V, and isn't passed on      P-   P isn't passed on      P?…   P may be missing
// `constants` are attributes A:T=V that PIR doesn't have, with V in place of Paddle's default.
// `how` names what is done beyond that, or instead of it (pir/import); "in-place:N" says that the op overwrites its
// operand N. `verified` names programs that Paddle 2.6.2 and 3.3.1 ran with equal results.
#ifndef PDQUANT_PADDLE_IMPORT_PIR_OPS_H_
#define PDQUANT_PADDLE_IMPORT_PIR_OPS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "paddle/import/attribute_value.h"

namespace pdquant {

struct PirOperand {
  enum class Kind { kTensor, kList, kConstant, kIgnored };
  Kind kind = Kind::kTensor;
  bool may_be_absent = false;
  std::string_view slot;       // empty for none
  std::string_view list_slot;  // of kConstant: for a list of tensors
  std::string_view attribute;  // of kConstant
  AttributeType type = AttributeType::kInt;
};

struct PirResult {
  std::string_view slot;
  bool is_list = false;
  bool may_be_absent = false;
  bool is_made = false;  // PIR has no such result
};

struct PirAttribute {
  enum class Use { kPassedOn, kFixed, kDropped };
  Use use = Use::kPassedOn;
  bool may_be_missing = false;
  bool is_data_type = false;  // a word such as "float32"
  std::string_view name;      // in PIR
  std::string_view legacy;    // of kPassedOn
  AttributeType type = AttributeType::kInt;
  std::string_view value;  // of kFixed; of kPassedOn the texts that it may be ("max|avg"), or "1+"; empty for any
};

struct PirOp {
  std::string_view name;
  std::string_view legacy;  // the op's type in a ProgramDesc; empty where it has none of its own
  std::vector<PirOperand> operands;
  std::vector<PirResult> results;
  std::vector<PirAttribute> attributes;
  std::vector<TableAttribute> constants;
  std::string_view how;              // without "in-place:N"
  std::optional<size_t> overwrites;  // the operand that it overwrites
  bool is_verified = false;
};

// Null for an op that the table doesn't have.
const PirOp* FindPirOp(std::string_view name);
// All rows, in the order of their names.
const std::vector<PirOp>& PirOps();

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_IMPORT_PIR_OPS_H_
