#include "check/target_faults.h"

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "analysis/value_signs.h"
#include "base/escape.h"
#include "check/rules.h"
#include "paddle/batch_norm.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtime_faults.h"
#include "paddle/weight_only.h"

namespace pdquant {
namespace {

constexpr std::array<Situation, 5> kOfOneOp = {Situation::kRelu6WithoutThreshold, Situation::kReduceWithoutTypes,
                                               Situation::kDilatedSame, Situation::kTransposedDepthwise,
                                               Situation::kShapelessConstant};

// What is quantized of a product.
struct QuantizedProduct {
  OpId op = kNoQuantizationOp;
  VarId result = kNoVar;  // as its readers read it
  VarId weight = kNoVar;  // its parameter
  VarId scale = kNoVar;   // of the weight, where a parameter has it
  std::string_view slot;  // of the weight
  bool per_channel = false;
  bool linear = false;
  std::vector<VarId> activations;  // what was quantized
};

class FaultFinder {
 public:
  FaultFinder(const Index& index, Target target, const ModelValues* values, Findings* findings)
      : index_(index), target_(target), values_(values), findings_(findings) {}

  void Find() {
    const auto count = static_cast<OpId>(index_.program().op_count());
    for (OpId op = 0; op < count; ++op) {
      for (const Situation situation : kOfOneOp) {
        if (IsIn(situation, index_, op)) Add(situation, op);
      }
    }
    FindStoredWeights();
    if (!HasQuantizationOps(index_)) return;
    const Uses uses(index_);
    const QuantizedValues quantized(index_, uses);
    FindZeroPoints(quantized);
    std::unordered_map<VarId, OpId> matrices;  // by weight: the first product
    bool any = false;
    for (const QuantizedProduct& product : ProductsOf(quantized)) {
      if (!any) Add(Situation::kAnyQuantized, product.op);
      any = true;
      FindInProduct(uses, product);
      if (product.weight == kNoVar || !IsMatrixProduct(index_.type(product.op))) continue;
      if (!matrices.emplace(product.weight, product.op).second)
        Add(Situation::kSharedWeight, product.op, product.weight);
    }
  }

 private:
  void Add(Situation situation, OpId op, VarId var = kNoVar, bool legacy = true) {
    const RuntimeFault* fault = FindFault(target_, situation);
    if (fault == nullptr || (fault->legacy_only && !legacy)) return;
    Place place = PlaceOfOp(index_, op);
    if (var != kNoVar) place.variable = index_.name(index_.var_name(var));
    findings_->Add({fault->code, fault->level, std::move(place), std::string(fault->text), std::string(fault->hint)});
  }

  void FindStoredWeights() {
    std::unordered_set<VarId> stored;
    for (const OpId op : WeightOnlyOps(index_)) {
      if (!ScalesWeightsBack(index_.type(op))) Add(Situation::kWeightOnlyProduct, op);
      for (const Argument& argument : index_.inputs(op)) {
        const VarId var = index_.Lookup(index_.program().BlockOfOp(op), argument.name);
        if (var == kNoVar || !StoresWeight(index_.program().op(op), index_.name(argument.name))) continue;
        if (!stored.insert(var).second) Add(Situation::kSharedStoredWeight, op, var);
      }
    }
  }

  void FindZeroPoints(const QuantizedValues& quantized) {
    std::unordered_map<VarId, bool> of_weights;  // by zero point: whether a weight has it
    const auto note = [&](OpId op, bool weight) {
      if (op == kNoQuantizationOp || !IsLinear(op)) return;
      const VarId zero_point = index_.InputVar(op, slots::kZeroPoint);
      if (zero_point == kNoVar) return Add(Situation::kNoZeroPoint, op);
      const auto [known, added] = of_weights.emplace(zero_point, weight);
      if (!added && known->second != weight) Add(Situation::kSharedZeroPoint, op, zero_point);
    };
    for (const auto* values : {&quantized.values(), &quantized.observed()}) {
      for (const QuantizedValue& value : *values) {
        const bool weight = value.is_weight || value.is_stored();
        note(value.quantize, weight);
        if (value.dequantize != value.quantize) note(value.dequantize, weight);
      }
    }
  }

  bool IsLinear(OpId op) const {
    const QuantizationOp* kind = FindQuantizationOp(index_.type(op));
    return kind != nullptr && kind->linear();
  }

  std::vector<QuantizedProduct> ProductsOf(const QuantizedValues& quantized) const {
    std::unordered_map<OpId, const IntegerProduct*> frozen;
    for (const IntegerProduct& product : quantized.products()) frozen.emplace(product.op, &product);
    std::vector<QuantizedProduct> products;
    for (OpId op = 0; op < index_.program().op_count(); ++op) {
      const QuantizableOp* row = FindQuantizable(index_.type(op));
      if (row == nullptr) continue;
      QuantizedProduct product;
      product.op = op;
      product.result = index_.OutputVar(op, row->output);
      const auto found = frozen.find(op);
      if (found != frozen.end()) AddFrozen(*found->second, &product);
      AddRounded(quantized, *row, &product);
      if (product.weight != kNoVar || !product.activations.empty()) products.push_back(std::move(product));
    }
    return products;
  }

  void AddFrozen(const IntegerProduct& frozen, QuantizedProduct* product) const {
    product->result = frozen.scaled;
    for (const IntegerProduct::Operand& operand : frozen.operands) {
      if (operand.quantize != kNoQuantizationOp) {
        product->activations.push_back(
            index_.InputVar(operand.quantize, FindQuantizationOp(index_.type(operand.quantize))->operand));
        continue;
      }
      product->weight = operand.parameter;
      product->slot = index_.name(operand.slot);
      for (const IntegerProduct::Scaling& scaling : frozen.scalings) {
        if (!scaling.kind->per_channel) continue;
        product->per_channel = true;
        product->scale = scaling.scales[0];
      }
    }
  }

  void AddRounded(const QuantizedValues& quantized, const QuantizableOp& row, QuantizedProduct* product) const {
    for (const QuantizableOperand& operand : row.operands()) {
      const VarId var = index_.InputVar(product->op, operand.slot);
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
      product->scale = value->scale;
    }
  }

  void FindInProduct(const Uses& uses, const QuantizedProduct& product) {
    if (index_.program().BlockOfOp(product.op) != 0) Add(Situation::kInBlock, product.op);
    if (!IsMatrixProduct(index_.type(product.op))) {
      if (product.linear && !product.per_channel && IsReadBy(uses, product.result, IsBatchNorm))
        Add(Situation::kPerTensorBeforeBatchNorm, product.op, product.weight);
      return;
    }
    if (product.activations.size() == 2 &&
        IsNeverNegative(index_, uses, product.activations[0]) != IsNeverNegative(index_, uses, product.activations[1]))
      Add(Situation::kMixedSigns, product.op);
    if (product.weight == kNoVar) return;
    const auto tensor = index_.program().var(product.weight).lod_tensor();
    if (tensor && tensor->dims.size() > 2) Add(Situation::kBatchedWeight, product.op, product.weight);
    if (product.slot == slots::kX) Add(Situation::kWeightOnTheLeft, product.op, product.weight, !product.linear);
    if (product.per_channel) Add(Situation::kPerChannelMatrix, product.op, product.weight);
    if (product.per_channel && HasZeroScale(product.scale)) Add(Situation::kZeroChannel, product.op, product.weight);
    if (HasBias(uses, product.result)) Add(Situation::kBiasedMatrix, product.op);
  }

  bool IsReadBy(const Uses& uses, VarId var, bool (*is_type)(std::string_view)) const {
    if (var == kNoVar) return false;
    for (const OpId reader : uses.readers(var)) {
      if (is_type(index_.type(reader))) return true;
    }
    return false;
  }

  bool HasBias(const Uses& uses, VarId var) const {
    if (var == kNoVar) return false;
    for (const OpId reader : uses.readers(var)) {
      const VarId y = AddsBias(index_.type(reader)) ? index_.InputVar(reader, slots::kY) : kNoVar;
      if (y != kNoVar && index_.persistable(y)) return true;
    }
    return false;
  }

  // A scale of a channel of zeros is 0, or what is written in its place.
  bool HasZeroScale(VarId scale) const {
    constexpr double kAlmostZero = 1e-7;
    const ParameterFacts* facts =
        scale == kNoVar || values_ == nullptr ? nullptr : values_->Find(index_.name(index_.var_name(scale)));
    return facts != nullptr && facts->count != 0 && facts->min_abs <= kAlmostZero;
  }

  const Index& index_;
  const Target target_;
  const ModelValues* values_;
  Findings* findings_;
};

}  // namespace

void CheckTargetFaults(const Index& index, Target target, const ModelValues* values, Findings* findings) {
  FaultFinder(index, target, values, findings).Find();
}

}  // namespace pdquant
