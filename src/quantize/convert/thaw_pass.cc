#include "quantize/convert/thaw_pass.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "check/rules.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "paddle/tensor_ops.h"
#include "pdquant/framework.pb.h"
#include "quantize/freeze/frozen_products.h"
#include "quantize/model_writer.h"
#include "quantize/pass_run.h"
#include "quantize/refusals.h"
#include "quantize/weights/rounding.h"

namespace pdquant {

class ThawPass::Rewriter : private PassRun<ThawPass> {
 public:
  Rewriter(const PassContext& context, ThawPass* pass)
      : PassRun(context, pass),
        values_(index_, uses_),
        writer_(index_, &context.main->edits, &rewrites_, &pass->thawed_) {}

  bool Run() {
    ReportOtherForm(index_, values_.unpaired(), "foreign-quantization", "convert", context_.findings);
    RefuseWeightOnly(index_, "foreign-quantization", "convert", context_.findings);
    if (context_.findings->has_errors()) return false;
    FindOriginals();
    for (const IntegerProduct& product : values_.products()) ThawProduct(product);
    for (const QuantizedValue& value : values_.values()) {
      if (value.is_stored()) ThawStored(value);
    }
    for (const OpId op : removed_) RemoveOp(op);
    CleanControlLists(
        index_, [this](VarId var) { return unneeded_.contains(var); }, &rewrites_);
    rewrites_.Queue(&context_.main->edits);
    return !context_.findings->has_errors();
  }

 private:
  // What the integers of a parameter are called when it is float, and its scales.
  struct Weight {
    std::string name;
    std::string scale;
    size_t channels = 1;
    int32_t bits = 8;
  };

  // A scaled product stands for the product.
  void FindOriginals() {
    for (const IntegerProduct& product : values_.products()) {
      if (IsRenamed(index_, product)) original_[product.scaled] = product.output;
    }
  }

  std::string OriginalOf(VarId var) const {
    for (size_t steps = 0; steps <= original_.size(); ++steps) {
      const auto found = original_.find(var);
      if (found == original_.end()) break;
      var = found->second;
    }
    return index_.NameOf(var);
  }

  // An op goes, with what it writes and what it has beside its operand.
  void Remove(OpId op, std::string_view operand) {
    if (!removed_.insert(op).second) return;
    const size_t block = index_.program().BlockOfOp(op);
    for (const Argument& argument : index_.arguments(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var != kNoVar && index_.name(argument.slot) != operand) unneeded_.insert(var);
    }
  }

  void ThawProduct(const IntegerProduct& product) {
    const std::vector<WeightStep> steps = StepsOfWeights(index_, product, pass_->values_);
    size_t weight = 0;
    for (const IntegerProduct::Operand& operand : product.operands) {
      const std::string_view slot = index_.name(operand.slot);
      std::string rounded;
      if (operand.quantize != kNoOp) {
        rounded = RoundedOf(operand);
      } else if (const WeightStep& step = steps[weight++]; step.max_range != 0) {
        rounded = RoundedWeight(product, operand, step);
      }
      if (!rounded.empty()) rewrites_.ReplaceInput(product.op, slot, index_.NameOf(operand.var), {rounded});
    }
    const std::string output = index_.NameOf(product.output);
    if (IsRenamed(index_, product)) {
      ReplaceReaders(product.scaled, output, index_, uses_, &rewrites_);
    } else {
      rewrites_.ReplaceOutput(product.op, product.kind->output, output, index_.NameOf(product.scaled));
    }
    for (const IntegerProduct::Scaling& scaling : product.scalings) Remove(scaling.op, scaling.kind->operand);
    unneeded_.erase(product.scaled);
    unneeded_.erase(product.output);
    unneeded_.insert(IsRenamed(index_, product) ? product.scaled : product.output);
    for (const IntegerProduct::Operand& operand : product.operands) {
      if (operand.quantize != kNoOp) unneeded_.erase(ScaleOf(operand.quantize));
    }
  }

  VarId ScaleOf(OpId quantize) const {
    const QuantizationOp& kind = *FindQuantizationOp(index_.type(quantize));
    return kind.dynamic() ? index_.OutputVar(quantize, kind.new_scale) : index_.InputVar(quantize, kind.scale);
  }

  // An activation of products: what a pair in the place of its quantize op writes, for all that read its integers.
  std::string RoundedOf(const IntegerProduct::Operand& operand) {
    const auto [entry, added] = rounded_.try_emplace(operand.quantize);
    if (!added) return entry->second;
    const QuantizationOp& kind = *FindQuantizationOp(index_.type(operand.quantize));
    const VarId source = index_.InputVar(operand.quantize, kind.operand);
    const VarId scale = ScaleOf(operand.quantize);
    if (source == kNoVar || scale == kNoVar)
      return Fail("foreign-quantization", operand.quantize, operand.var,
                  std::string("the op that quantizes it has no ") + (source == kNoVar ? "input" : "scale"));
    const size_t block = index_.program().BlockOfOp(operand.quantize);
    const std::string integers = index_.NameOf(operand.var);
    entry->second = writer_.NewVar(block, integers + ".dequantized", operand.var);
    const int32_t length = index_.program().op(operand.quantize).IntOr(kind.bits, 8);
    if (kind.dynamic()) {  // a form that needs a static scale refuses it later, by its name
      OpBuilder op;
      BuildDequantize(integers, index_.NameOf(scale), entry->second, static_cast<float>(MaxInteger(length)),
                      Serving(index_, operand.quantize), &op);
      context_.main->edits.InsertOpAfter(operand.quantize, op.message());
    } else {
      writer_.Write({OriginalOf(source), integers, entry->second, index_.NameOf(scale), 1, length, kWholeTensor},
                    operand.quantize);
      removed_.insert(operand.quantize);
    }
    for (const OpId reader : uses_.readers(operand.var)) {
      if (const ControlOp* control = FindControlOp(index_.type(reader)))
        rewrites_.AddInput(reader, control->inputs, entry->second);
    }
    return entry->second;
  }

  // A weight of a product: what a pair in front of the product writes.
  std::string RoundedWeight(const IntegerProduct& product, const IntegerProduct::Operand& operand,
                            const WeightStep& step) {
    Result<Scales> scales = ScalesOfStep(index_, step, pass_->values_);
    if (!scales.ok()) return Fail("parameter", product.op, operand.parameter, scales.status().message());
    const QuantizableOperand& row = product.kind->operands()[*product.kind->OperandIn(index_.name(operand.slot))];
    std::optional<int32_t> axis = kWholeTensor;
    if (step.axis != kWholeTensor || scales->values.size() > 1)
      axis = ChannelAxis(row, index_.program().op(product.op), index_.DimsOf(operand.var).size());
    if (!axis) return Fail("weight-scale", product.op, operand.parameter, "its scales lie along no axis of it");
    const bool per_channel = product.scalings[0].kind->per_channel;
    const int32_t bits = per_channel ? product.scalings[0].weight_bits : BitsOf(operand.parameter);
    const float part = static_cast<float>(MaxInteger(bits)) / step.max_range;
    if (part != 1) {
      for (float& scale : scales->values) scale *= part;
    }
    const Weight* weight = Thaw(operand.parameter, *scales, bits, product.op);
    if (weight == nullptr) return "";
    const size_t block = index_.program().BlockOfOp(product.op);
    const bool direct = operand.var == operand.parameter;
    const std::string source = direct ? weight->name : index_.NameOf(operand.var);
    ModelWriter::Pair pair = {source,
                              writer_.NewVar(block, source + ".quantized", operand.var),
                              "",
                              weight->scale,
                              weight->channels,
                              weight->bits,
                              *axis};
    pair.rounded = writer_.NewVar(block, source + ".quantized.dequantized", operand.var);
    writer_.Write(pair, product.op);
    writer_.List(weight->scale, product.op);
    writer_.List(source, product.op);
    return pair.rounded;
  }

  // Integers that are scaled back in front of what reads them. What changes their shape there reads the parameter then,
  // and the pair stands behind it, where a product reads it.
  void ThawStored(const QuantizedValue& value) {
    if (!HoldsIntegers(index_, value.source, pass_->values_)) {
      Fail("weight-type", value.dequantize, value.source,
           "the weight's values are no integers, and the op scales them back as such");
      return;
    }
    const Result<Scales> scales = ScalesOfStored(index_, value, pass_->values_);
    if (!scales.ok()) {
      Fail("parameter", value.dequantize, value.scale, scales.status().message());
      return;
    }
    const Weight* weight = Thaw(value.source, *scales, value.bits, value.dequantize);
    if (weight == nullptr) return;
    const size_t block = index_.program().BlockOfOp(value.dequantize);
    int32_t axis = value.axis;
    const std::vector<OpId> path = PathBehind(value.rounded, &axis);
    ModelWriter::Pair pair = {weight->name, "",  index_.NameOf(value.rounded), weight->scale, weight->channels,
                              weight->bits, axis};
    if (path.empty()) {
      pair.quantized = writer_.NewVar(block, weight->name + ".quantized", value.source);
      writer_.Write(pair, value.dequantize);
    } else {
      const VarId last = index_.OutputVar(path.back(), slots::kOut);
      pair.source = index_.NameOf(last);
      pair.quantized = writer_.NewVar(block, pair.source + ".quantized", last);
      pair.rounded = writer_.NewVar(block, pair.source + ".quantized.dequantized", last);
      rewrites_.ReplaceInput(path.front(), slots::kX, index_.NameOf(value.rounded), {weight->name});
      ReplaceReaders(last, pair.rounded, index_, uses_, &rewrites_);
      writer_.Write(pair, path.back(), true);
    }
    Remove(value.dequantize, FindQuantizationOp(index_.type(value.dequantize))->operand);
    unneeded_.erase(value.rounded);
    writer_.List(weight->scale, value.dequantize);
    writer_.List(weight->name, value.dequantize);
  }

  // The ops that alone read a value, one after another, and keep its elements; `axis` becomes that of what the last one
  // writes. None where they lose it.
  std::vector<OpId> PathBehind(VarId var, int32_t* axis) const {
    std::vector<OpId> path;
    int32_t at = *axis;
    for (;;) {
      const auto readers = uses_.readers(var);
      if (readers.size() != 1 || !KeepsElements(index_.type(readers[0]))) break;
      const VarId out = index_.OutputVar(readers[0], slots::kOut);
      if (out == kNoVar || index_.persistable(out) || uses_.writers(out).size() != 1) break;
      const std::optional<int32_t> behind = AxisBehind(readers[0], out, at);
      if (!behind) return {};
      at = *behind;
      path.push_back(readers[0]);
      var = out;
    }
    *axis = at;
    return path;
  }

  std::optional<int32_t> AxisBehind(OpId op, VarId out, int32_t axis) const {
    if (axis == kWholeTensor) return axis;
    const auto rank = static_cast<int32_t>(index_.DimsOf(out).size());
    for (int32_t i = 0; i < rank; ++i) {
      if (AxisBefore(index_, op, i) == axis) return i;
    }
    return std::nullopt;
  }

  // The weight that stands for the integers of a parameter; null, with a finding, where it can't be told.
  const Weight* Thaw(VarId parameter, const Scales& scales, int32_t bits, OpId at) {
    const auto [entry, added] = weights_.try_emplace(parameter);
    Weight& weight = entry->second;
    if (!added) {
      const std::vector<float>& known = pass_->thawed_[weight.name].scales.values;
      if (weight.bits == bits &&
          std::equal(known.begin(), known.end(), scales.values.begin(), scales.values.end(), IsSameScale))
        return &weight;
      Fail("weight-scale", at, parameter, "two ops scale the weight's integers in different ways");
      return nullptr;
    }
    if (!index_.program().var(parameter).lod_tensor() || !LieAlongAxis(index_, parameter, scales, pass_->values_)) {
      Fail("weight-scale", at, parameter,
           std::to_string(scales.values.size()) + " scales don't lie along an axis of it");
      return nullptr;
    }
    weight.name = DeclareFloat(index_, uses_, parameter, writer_.names(), &context_.main->edits, &rewrites_);
    weight.channels = scales.values.size();
    weight.bits = bits;
    weight.scale = writer_.NewConstant(weight.name + std::string(kLinearScaleSuffix), scales.values);
    ParameterPlan plan;
    plan.how = ParameterPlan::How::kToFloat;
    plan.source = index_.NameOf(parameter);
    plan.scales = scales;
    plan.max_range = static_cast<float>(MaxInteger(bits));
    pass_->thawed_[weight.name] = std::move(plan);
    return &weight;
  }

  // What the largest integer of a weight needs: 8 or 16.
  int32_t BitsOf(VarId parameter) {
    const Result<int32_t> type = pass_->values_->StoredType(index_.NameOf(parameter));
    if (type.ok() && *type == proto::VarType::INT8) return 8;
    if (type.ok() && *type == proto::VarType::INT16) return 16;
    const Result<std::vector<float>> largest = pass_->values_->MaxAbs(index_.NameOf(parameter), kWholeTensor);
    return largest.ok() && (*largest)[0] > static_cast<float>(MaxInteger(8)) ? 16 : 8;
  }

  std::string Fail(std::string_view code, OpId at, VarId var, const std::string& text) {
    context_.findings->Error(code, PlaceOfOp(index_, at, "", index_.NameOf(var)), text);
    return "";
  }

  QuantizedValues values_;
  ModelWriter writer_;
  std::set<OpId> removed_;
  std::set<VarId> unneeded_;
  std::map<VarId, VarId> original_;
  std::map<OpId, std::string> rounded_;  // by quantize op
  std::map<VarId, Weight> weights_;      // by parameter
};

Result<Outcome> ThawPass::Run(const PassContext& context) {
  thawed_ = {};
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the program can't be converted");
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

void KeepIntegers(const ParameterPlans& thawed, ParameterPlans* plans) {
  for (auto& [name, plan] : *plans) {
    const auto weight = thawed.find(plan.source);
    if (plan.how != ParameterPlan::How::kQuantize || weight == thawed.end()) continue;
    plan.how = plan.as_integers ? ParameterPlan::How::kToInteger : ParameterPlan::How::kAsFloat;
    plan.source = weight->second.source;
    plan.max_range = static_cast<float>(MaxInteger(plan.bits));
    plan.bits = plan.bits <= 8 ? 8 : 16;
  }
  plans->insert(thawed.begin(), thawed.end());  // weights that some op still reads in float, too
}

}  // namespace pdquant
