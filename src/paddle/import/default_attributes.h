// The attributes of ops with the values that Paddle 2.6.2 gives them where nobody does, as a table
// (default_attributes.tsv, written by Paddle's own attribute checker). Paddle fills them in when it loads a program;
// Paddle2ONNX 1.3 and others stop at an attribute that isn't there.
#ifndef PDQUANT_PADDLE_IMPORT_DEFAULT_ATTRIBUTES_H_
#define PDQUANT_PADDLE_IMPORT_DEFAULT_ATTRIBUTES_H_

#include <string_view>
#include <vector>

#include "paddle/import/attribute_value.h"

namespace pdquant {

// In the order of their names; none for a type that the table doesn't have.
std::vector<TableAttribute> DefaultAttributes(std::string_view op_type);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_IMPORT_DEFAULT_ATTRIBUTES_H_
