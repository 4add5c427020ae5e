// Ops whose row in the table (paddle/import/pir_ops.h) says what they become.
#ifndef PDQUANT_PIR_IMPORT_ROW_IMPORT_H_
#define PDQUANT_PIR_IMPORT_ROW_IMPORT_H_

#include <functional>

#include "pir/import/op_import.h"

namespace pdquant::pir {

// What is done to an op beyond its row, before it is added.
using Adjust = void (*)(OpImport* op, OpDraft* draft);

// Adds the op of the row: operands to slots, constants to attributes, results to variables. `adjust` may be null.
void ImportByRow(OpImport* op, Adjust adjust);

// Does an op overwrite a value that is read afterwards, or in the next turn of a loop, or that lasts? Refuses it then:
// a ProgramDesc's op makes a new value.
void CheckOverwritten(OpImport* op, size_t operand);

// The members of a list as tensors of the shape [1], which is what a slot for a list of numbers takes.
std::vector<VarId> OneElementEach(OpImport* op, const std::vector<ListMember>& members);

// The numbers of a constant operand, or of a list of constants; nothing for another one.
std::optional<Numbers> ConstantNumbers(const OpImport& op, size_t operand);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_ROW_IMPORT_H_
