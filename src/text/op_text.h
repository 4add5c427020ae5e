// How blocks, ops, variables and their attributes are written: each on one line, escaped, and whole.
#ifndef PDQUANT_TEXT_OP_TEXT_H_
#define PDQUANT_TEXT_OP_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/index.h"
#include "ir/views.h"

namespace pdquant {

// "main"; "while:OUT" for the body of the while op whose first output is OUT; "unowned" for a block that no op owns.
// Where several have one label, the second is called LABEL#2, and so on. A label over 200 bytes has a number in place
// of its middle. Each label is one word, or quoted. Works for any program, whatever rules it breaks.
class BlockLabels {
 public:
  explicit BlockLabels(const Index& index);

  // By position in the program.
  const std::string& label(size_t block) const { return labels_[block]; }
  // What an attribute or a field of a block refers to: a label, "none" for -1, "(no block 7)".
  std::string Reference(int32_t block) const;

 private:
  std::vector<std::string> labels_;
};

// The attributes of an op in the byte order of their names.
struct NamedAttribute {
  std::string_view name;
  AttrView view;
};
std::vector<NamedAttribute> SortedAttributes(const OpView& op);

// "INT 5", "STRING 'NCHW'", "INTS [1, 1]", "BLOCK while:x": the type, the value, and what else the attribute holds:
// "unknown 99, i: 5, unknown 1000: varint 7" for an attribute of a type that only a newer Paddle knows.
void AppendAttribute(const AttrView& attr, const BlockLabels& labels, std::string* out);

// The same for an attribute of a variable (VarDesc.Attr), as an encoded message.
void AppendVarAttribute(std::string_view message, std::string* out);

// "LOD_TENSOR FP32 [20, 1, 5, 5]", with " lod_level 1" where it isn't 0; "RAW"; the encoded fields where that doesn't
// say all, "(missing)" where the variable has no type.
void AppendVarType(const VarView& var, std::string* out);

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

// About `longest` bytes of a text from `begin` on, with "..." where it is cut, and how long it is: "... (1000 bytes)".
// No character is cut; an escape may be.
std::string Window(std::string_view text, size_t begin, size_t longest);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_OP_TEXT_H_
