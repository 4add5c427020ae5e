// Who imports which kind of op: the words of the column `how` of the table, and the ops of the builtin dialect.
#ifndef PDQUANT_PIR_IMPORT_HANDLERS_H_
#define PDQUANT_PIR_IMPORT_HANDLERS_H_

#include <string_view>
#include <vector>

#include "pir/import/op_import.h"

namespace pdquant::pir {

class Blocks;

// Imports an op that has no row of its own to go by.
using Handler = void (*)(OpImport* op);
// What is done to an op beyond its row, before it is added.
using Adjust = void (*)(OpImport* op, OpDraft* draft);

// constants.cc
void ImportConstant(OpImport* op);  // full, full_int_array
void ImportValues(OpImport* op);    // assign_value
void AdjustFill(OpImport* op, OpDraft* draft);
// lists.cc
void ImportCombine(OpImport* op);
void ImportSplit(OpImport* op);
void ImportListItem(OpImport* op);
// inputs.cc
void ImportParameter(OpImport* op);
void ImportData(OpImport* op);
void ImportFetch(OpImport* op);
void FinishOutputs(Context* context);
// casts.cc
void ImportShape64(OpImport* op);
void AdjustCast(OpImport* op, OpDraft* draft);
void AdjustArange(OpImport* op, OpDraft* draft);
void AdjustInterpolation(OpImport* op, OpDraft* draft);
void AdjustShape(OpImport* op, OpDraft* draft);
void AdjustOneHot(OpImport* op, OpDraft* draft);
void AdjustDeformable(OpImport* op, OpDraft* draft);
// reductions.cc
void AdjustReduce(OpImport* op, OpDraft* draft);
void AdjustEinsum(OpImport* op, OpDraft* draft);
// slices.cc
void AdjustSlice(OpImport* op, OpDraft* draft);
void AdjustStridedSlice(OpImport* op, OpDraft* draft);
void AdjustSetValue(OpImport* op, OpDraft* draft);
// test_mode.cc
void AdjustBatchNorm(OpImport* op, OpDraft* draft);
void AdjustTestMode(OpImport* op, OpDraft* draft);  // dropout, rnn
void AdjustQuantize(OpImport* op, OpDraft* draft);
// arrays.cc
void ImportCreateArray(OpImport* op);
void ImportArrayWrite(OpImport* op);
void ImportArrayRead(OpImport* op);
void ImportArrayLength(OpImport* op);
void ImportArrayToTensor(OpImport* op);
// branches.cc
void ImportSelect(OpImport* op);
void ImportIf(OpImport* op, Blocks* blocks);
// loops.cc
void ImportWhile(OpImport* op, Blocks* blocks);

// row_import.cc: ops whose row in the table (paddle/import/pir_ops.h) says what they become.
//
// Adds the op of the row: operands to slots, constants to attributes, results to variables. `adjust` may be null.
void ImportByRow(OpImport* op, Adjust adjust);

// Does an op overwrite a value that is read afterwards, or in the next turn of a loop, or that lasts? Refuses it then:
// a ProgramDesc's op makes a new value.
void CheckOverwritten(OpImport* op, size_t operand);

// The members of a list as tensors of the shape [1], which is what a slot for a list of numbers takes.
std::vector<VarId> OneElementEach(OpImport* op, const std::vector<ListMember>& members);

// The numbers of a constant operand, or of a list of constants; nothing for another one.
std::optional<Numbers> ConstantNumbers(const OpImport& op, size_t operand);

// lite.cc: what Paddle-Lite, and Paddle up to 2.4, can't take.
//
// Adds an op that goes by a row of the table, with its scalars as tensors of one element. For other targets: adds it.
void AddWithScalars(OpImport* op, OpDraft draft);

// Refuses the tensors without dimensions that are left.
void CheckForLite(Context* context);

// Imports the ops of a block, but the yield at its end, into a block of the draft.
class Blocks {
 public:
  explicit Blocks(Context* context) : context_(context) {}
  void Import(BlockId block, uint32_t into);

 private:
  void ImportOp(OpId id, uint32_t into);
  void ImportOperator(OpImport* op);
  Context* context_;
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_HANDLERS_H_
