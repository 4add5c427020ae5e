#include "check/target_faults.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "base/escape.h"
#include "check/product_situations.h"
#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/engine_passes.h"
#include "paddle/runtimes/runtime_faults.h"
#include "paddle/weight_only.h"

namespace pdquant {
namespace {

constexpr std::array<Situation, 7> kOfOneOp = {Situation::kRelu6WithoutThreshold, Situation::kReduceWithoutTypes,
                                               Situation::kDilatedSame,           Situation::kTransposedDepthwise,
                                               Situation::kShapelessConstant,     Situation::kChannelsAtRun,
                                               Situation::kNoGreatestInteger};

bool Trains(const Index& index) {
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (PartOf(index, op) != OpPart::kForward) return true;
  }
  return false;
}

class FaultFinder {
 public:
  FaultFinder(const Index& index, Target target, const ModelValues& values, Findings* findings)
      : index_(index), target_(target), values_(values), findings_(findings) {}

  void Find() {
    const auto count = static_cast<OpId>(index_.program().op_count());
    const bool trains = Trains(index_);
    for (OpId op = 0; op < count; ++op) {
      for (const Situation situation : kOfOneOp) {
        if (situation == Situation::kChannelsAtRun && trains) continue;
        if (IsIn(situation, index_, op)) Add(situation, op);
      }
    }
    FindStoredWeights();
    if (!HasQuantizationOps(index_)) return;
    const Uses uses(index_);
    const QuantizedValues quantized(index_, uses);
    FindZeroPoints(quantized);
    std::unordered_set<VarId> matrices;
    std::unordered_set<VarId> scales;
    bool any = false;
    const std::vector<QuantizedProduct> products = QuantizedProductsOf(index_, quantized);
    FindAverages(uses, products);
    FindIntegersInFloat(products);
    ProductSituations situations(index_, uses);
    for (const QuantizedProduct& product : products) {
      if (!any) Add(Situation::kAnyQuantized, product.op);
      any = true;
      FindInProduct(product, &situations);
      if (product.scale != kNoVar && !scales.insert(product.scale).second)
        Add(Situation::kSharedChannelScales, product.op, product.scale);
      if (product.weight == kNoVar || !IsMatrixProduct(index_.type(product.op))) continue;
      if (!matrices.insert(product.weight).second) Add(Situation::kSharedWeight, product.op, product.weight);
    }
  }

 private:
  void Add(Situation situation, OpId op, VarId var = kNoVar, bool legacy = true) {
    const RuntimeFault* fault = FindFault(target_, situation);
    if (fault == nullptr || (fault->legacy_only && !legacy)) return;
    const std::string_view name = var == kNoVar ? "" : index_.name(index_.var_name(var));
    findings_->Add({fault->code, fault->level, PlaceOfOp(index_, op, "", name), std::string(fault->text),
                    std::string(fault->hint)});
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
      if (op == kNoOp || !IsLinear(op)) return;
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

  void FindInProduct(const QuantizedProduct& product, ProductSituations* situations) {
    const auto has_zero_column = [&](VarId parameter) {
      const ParameterFacts* facts = values_.Find(index_.name(index_.var_name(parameter)));
      return facts != nullptr && facts->zero_column;
    };
    for (const FoundSituation& found : situations->Of(product, has_zero_column))
      Add(found.situation, product.op, found.var, !product.linear);
  }

  void FindIntegersInFloat(const std::vector<QuantizedProduct>& products) {
    if (values_.reader == nullptr) return;
    for (const FloatProduct& product : FloatProductsBeside(index_, products)) {
      const ParameterFacts* facts = values_.Find(index_.name(index_.var_name(product.weight)));
      if (facts != nullptr && facts->HasOnlyIntegers()) Add(Situation::kIntegersInFloat, product.op, product.weight);
    }
  }

  // Averages whose operand has a scale: a product reads it, or an attribute of the op that writes it says so.
  void FindAverages(const Uses& uses, const std::vector<QuantizedProduct>& products) {
    std::unordered_set<VarId> scaled;
    for (const QuantizedProduct& product : products)
      scaled.insert(product.activations.begin(), product.activations.end());
    for (OpId op = 0; op < index_.program().op_count(); ++op) {
      if (!IsAveragePool(index_, op) || index_.program().op(op).attr(attributes::kSkipQuant)) continue;
      const VarId var = index_.InputVar(op, slots::kX);
      if (var == kNoVar) continue;
      const auto writers = uses.writers(var);
      if (scaled.contains(var) || std::any_of(writers.begin(), writers.end(), [&](OpId writer) {
            return index_.program().op(writer).attr(attributes::kOutThreshold).has_value();
          }))
        Add(Situation::kAveraged, op, var);
    }
  }

  const Index& index_;
  const Target target_;
  const ModelValues& values_;
  Findings* findings_;
};

}  // namespace

void CheckTargetFaults(const Index& index, Target target, const ModelValues& values, Findings* findings) {
  FaultFinder(index, target, values, findings).Find();
}

}  // namespace pdquant
