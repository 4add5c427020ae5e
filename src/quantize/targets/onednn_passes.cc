// The passes that keep oneDNN from mixing up scales, and from quantizing more than is asked for.
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "check/product_situations.h"
#include "ir/edit/builder.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/calibration/plain_ops.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/engine_passes.h"
#include "quantize/model_writer.h"
#include "quantize/targets/target_passes.h"

namespace pdquant {

namespace {

// The op reads a copy of a variable in one of its slots.
void ReadCopy(const Index& index, OpId op, std::string_view slot, VarId var, ModelWriter* writer, OpRewrites* rewrites,
              Edits* edits) {
  const std::string name = index.NameOf(var);
  const std::string copy = writer->NewVar(index.program().BlockOfOp(op), name + ".copy", var);
  OpBuilder assign;
  BuildUnary(op_types::kAssign, name, copy, &assign);
  edits->InsertOpBefore(op, assign.message());
  rewrites->ReplaceInput(op, slot, name, {copy});
}

}  // namespace

Result<Outcome> OwnScalesPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  Edits& edits = context.main->edits;
  const Uses uses(index);
  std::unordered_set<VarId> mixed_up;
  ProductSituations situations(index, uses);
  for (const QuantizedProduct& product : QuantizedProductsOf(index, QuantizedValues(index, uses))) {
    for (const FoundSituation& found : situations.Of(product)) {
      if (found.situation == Situation::kBorrowedScale || found.situation == Situation::kUnsignedFactor)
        mixed_up.insert(found.var);
    }
  }
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &edits, &rewrites, parameters_.plans);
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    const QuantizationOp* kind = FindQuantizationOp(index.type(op));
    if (kind == nullptr || kind->role != QuantizationRole::kQuantize) continue;
    const VarId source = index.InputVar(op, kind->operand);
    if (!mixed_up.contains(source)) continue;
    ReadCopy(index, op, kind->operand, source, &writer, &rewrites, &edits);
  }
  return Queue(rewrites, &edits);
}

Result<Outcome> IntegersInFloatPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  Edits& edits = context.main->edits;
  const Uses uses(index);
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &edits, &rewrites, parameters_.plans);
  for (const FloatProduct& product :
       FloatProductsBeside(index, QuantizedProductsOf(index, QuantizedValues(index, uses)))) {
    const std::string name = index.NameOf(product.weight);
    if (parameters_.plans->contains(name)) continue;
    // What can't be read, or holds no numbers, isn't copied: another pass, or the writer, says what is wrong with it.
    const Result<bool> integers = parameters_.values->AllIntegers(name);
    if (integers.ok() && *integers) ReadCopy(index, product.op, "", product.weight, &writer, &rewrites, &edits);
  }
  return Queue(rewrites, &edits);
}

Result<Outcome> KeepFloatPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  const Uses uses(index);
  std::unordered_set<OpId> quantized;
  for (const QuantizedProduct& product : QuantizedProductsOf(index, QuantizedValues(index, uses)))
    quantized.insert(product.op);
  OpRewrites rewrites(index.program());
  if (!quantized.empty()) {
    for (OpId op = 0; op < index.program().op_count(); ++op) {
      const bool is_float = FindQuantizable(index.type(op)) != nullptr && !quantized.contains(op);
      if (is_float || IsAveragePool(index, op)) rewrites.Set(op, attributes::kSkipQuant, 1);
    }
  }
  return Queue(rewrites, &context.main->edits);
}

}  // namespace pdquant
