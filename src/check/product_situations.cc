#include "check/product_situations.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

#include "analysis/onednn_values.h"
#include "base/find_row.h"
#include "paddle/batch_norm.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtimes.h"

namespace pdquant {
namespace {

void AddFrozen(const Index& index, const IntegerProduct& frozen, QuantizedProduct* product) {
  product->result = frozen.scaled;
  for (const IntegerProduct::Operand& operand : frozen.operands) {
    if (operand.quantize != kNoOp) {
      product->activations.push_back(
          index.InputVar(operand.quantize, FindQuantizationOp(index.type(operand.quantize))->operand));
      continue;
    }
    product->weight = operand.parameter;
    product->slot = index.name(operand.slot);
    for (const IntegerProduct::Scaling& scaling : frozen.scalings) {
      if (!scaling.kind->per_channel) continue;
      product->per_channel = true;
      product->scale = scaling.scales[0];
    }
  }
}

void AddRounded(const Index& index, const QuantizedValues& quantized, const QuantizableOp& row,
                QuantizedProduct* product) {
  for (const QuantizableOperand& operand : row.operands()) {
    const VarId var = index.InputVar(product->op, operand.slot);
    const QuantizedValue* value = var == kNoVar ? nullptr : quantized.OfRounded(var);
    if (value == nullptr) continue;
    if (!value->is_stored() && !value->is_weight) {
      product->activations.push_back(value->source);
      continue;
    }
    product->weight = value->source;
    product->slot = operand.slot;
    product->per_channel = value->axis != kWholeTensor;
    product->linear = value->kind->linear();
  }
}

}  // namespace

std::vector<QuantizedProduct> QuantizedProductsOf(const Index& index, const QuantizedValues& quantized) {
  std::unordered_map<OpId, const IntegerProduct*> frozen;
  for (const IntegerProduct& product : quantized.products()) frozen.emplace(product.op, &product);
  std::vector<QuantizedProduct> products;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    const QuantizableOp* row = FindQuantizable(index.type(op));
    if (row == nullptr) continue;
    QuantizedProduct product;
    product.op = op;
    product.result = index.OutputVar(op, row->output);
    const auto found = frozen.find(op);
    if (found != frozen.end()) AddFrozen(index, *found->second, &product);
    AddRounded(index, quantized, *row, &product);
    if (product.weight != kNoVar || !product.activations.empty()) products.push_back(std::move(product));
  }
  return products;
}

const ProductSituations::Variable& ProductSituations::Of(VarId var) {
  const auto [found, added] = variables_.try_emplace(var);
  if (added && var != kNoVar) {
    found->second = {BorrowsScaleForOneDnn(index_, uses_, var), IsUnsignedForOneDnn(index_, uses_, var),
                     IsReadByBatchNorm(var), HasBias(var)};
  }
  return found->second;
}

std::vector<FloatProduct> FloatProductsBeside(const Index& index, const std::vector<QuantizedProduct>& quantized) {
  std::vector<FloatProduct> products;
  if (std::none_of(quantized.begin(), quantized.end(), [](const auto& product) { return product.weight != kNoVar; }))
    return products;
  auto next = quantized.begin();
  const std::span<const std::string_view> types = RuntimeOf(Target::kOneDnn).ops;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (next != quantized.end() && next->op == op) {
      ++next;
      continue;
    }
    if (!Contains(types, index.type(op))) continue;
    const VarId weight = index.InputVar(op, IsMatrixProduct(index.type(op)) ? slots::kY : slots::kFilter);
    if (weight != kNoVar && index.persistable(weight)) products.push_back({op, weight});
  }
  return products;
}

std::vector<FoundSituation> ProductSituations::Of(const QuantizedProduct& product,
                                                  const HasZeroColumn& has_zero_column) {
  std::vector<FoundSituation> found;
  if (index_.program().BlockOfOp(product.op) != 0) found.push_back({Situation::kInBlock});
  if (flow_.body(index_.program().BlockOfOp(product.op)).in_branch) found.push_back({Situation::kInBranch});
  for (const VarId activation : product.activations) {
    if (Of(activation).borrows_scale) found.push_back({Situation::kBorrowedScale, activation});
  }
  if (IsMatrixProduct(index_.type(product.op))) {
    OfMatrix(product, has_zero_column, &found);
  } else {
    OfConvolution(product, &found);
  }
  return found;
}

void ProductSituations::OfConvolution(const QuantizedProduct& product, std::vector<FoundSituation>* found) {
  if (IsIn(Situation::kTransposedDepthwise, index_, product.op))
    found->push_back({Situation::kQuantizedTransposedDepthwise});
  if (product.weight == kNoVar) found->push_back({Situation::kComputedFilter});
  if (product.linear && !product.per_channel && Of(product.result).is_read_by_batch_norm)
    found->push_back({Situation::kPerTensorBeforeBatchNorm, product.weight});
}

void ProductSituations::OfMatrix(const QuantizedProduct& product, const HasZeroColumn& has_zero_column,
                                 std::vector<FoundSituation>* found) {
  found->push_back({Situation::kMatrixProduct});
  if (product.activations.size() == 2) {
    found->push_back({Situation::kTwoActivations});
    for (const VarId activation : product.activations) {
      if (Of(activation).is_unsigned) found->push_back({Situation::kUnsignedFactor, activation});
    }
  }
  if (product.weight == kNoVar) return;
  const std::vector<int64_t> dims = index_.DimsOf(product.weight);
  if (dims.size() > 2) found->push_back({Situation::kBatchedWeight, product.weight});
  if (product.slot == slots::kX) found->push_back({Situation::kWeightOnTheLeft, product.weight});
  if (dims.size() != 2 || IsTransposed(product.op)) return;
  if (product.per_channel && dims[0] == dims[1]) found->push_back({Situation::kPerChannelSquare, product.weight});
  if (Of(product.result).has_bias && has_zero_column && has_zero_column(product.weight))
    found->push_back({Situation::kZeroChannel, product.weight});
}

bool ProductSituations::IsTransposed(OpId op) const {
  const QuantizableOp* row = FindQuantizable(index_.type(op));
  const OpView view = index_.program().op(op);
  return std::any_of(row->operands().begin(), row->operands().end(),
                     [&](const QuantizableOperand& operand) { return pdquant::IsTransposed(operand, view); });
}

bool ProductSituations::IsReadByBatchNorm(VarId result) const {
  const auto readers = uses_.readers(result);
  return std::any_of(readers.begin(), readers.end(), [&](OpId op) { return IsBatchNorm(index_.type(op)); });
}

bool ProductSituations::HasBias(VarId result) const {
  const auto readers = uses_.readers(result);
  return std::any_of(readers.begin(), readers.end(), [&](OpId op) {
    const VarId y = AddsBias(index_.type(op)) ? index_.InputVar(op, slots::kY) : kNoVar;
    return y != kNoVar && index_.persistable(y);
  });
}

}  // namespace pdquant
