// Text of attributes and types of variables.
#ifndef PDQUANT_TEXT_ATTRIBUTE_TEXT_H_
#define PDQUANT_TEXT_ATTRIBUTE_TEXT_H_

#include <string>

#include "ir/views.h"
#include "text/block_labels.h"

namespace pdquant {

// "INT 5", "STRING 'NCHW'", "INTS [1, 1]", "BLOCK while:x": the type, the value, and what else the attribute holds:
// "unknown 99, i: 5, unknown 1000: varint 7" for an attribute of a type that only a newer Paddle knows.
void AppendAttribute(const AttrView& attr, const BlockLabels& labels, std::string* out);

// The same for an attribute of a variable (VarDesc.Attr), as an encoded message.
void AppendVarAttribute(std::string_view message, std::string* out);

// "LOD_TENSOR FP32 [20, 1, 5, 5]", with " lod_level 1" where it isn't 0; "RAW"; the encoded fields where that doesn't
// say all,
// "(missing)" where the variable has no type.
void AppendVarType(const VarView& var, std::string* out);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_ATTRIBUTE_TEXT_H_
