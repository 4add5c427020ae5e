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
#include "paddle/runtimes/onednn_scales.h"
#include "quantize/convert/pair_writer.h"
#include "quantize/targets/target_passes.h"

namespace pdquant {

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
  PairWriter writer(index, &edits, &rewrites, parameters_.plans);
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    const QuantizationOp* kind = FindQuantizationOp(index.type(op));
    if (kind == nullptr || kind->role != QuantizationRole::kQuantize) continue;
    const VarId source = index.InputVar(op, kind->operand);
    if (!mixed_up.contains(source)) continue;
    const std::string name = index.NameOf(source);
    const std::string copy = writer.NewVar(index.program().BlockOfOp(op), name + ".copy", source);
    OpBuilder assign;
    BuildUnary(op_types::kAssign, name, copy, &assign);
    edits.InsertOpBefore(op, assign.message());
    rewrites.ReplaceInput(op, kind->operand, name, {copy});
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
