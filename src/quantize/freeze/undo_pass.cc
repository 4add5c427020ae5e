#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/names.h"
#include "pdquant/framework.pb.h"
#include "quantize/forms/form.h"
#include "quantize/freeze/frozen_products.h"
#include "quantize/freeze/model_passes.h"
#include "quantize/pass_run.h"
#include "quantize/refusals.h"
#include "quantize/unique_names.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
class UndoPass::Rewriter : private PassRun<UndoPass> {
 public:
  Rewriter(const PassContext& context, UndoPass* pass)
      : PassRun(context, pass), values_(index_, uses_), names_(index_) {}

  bool Run();

 private:
  bool RefuseUnfit();
  void FindOriginals();
  std::string OriginalOf(VarId var) const;
  void UndoValue(const QuantizedValue& value);
  void UndoProduct(const IntegerProduct& product);
  void RestoreOutput(const IntegerProduct& product);
  void RestoreWeights(const IntegerProduct& product);
  std::string RestoreStored(const QuantizedValue& value);
  // Returns the name that the weight has then.
  std::string RestoreWeight(VarId var, const Scales& scales, float max_range);
  void Remove(OpId op);
  void RemoveObserver(OpId op);
  // A slot may name the empty variable, which is none.
  void Drop(VarId var) {
    if (var != kNoVar) unneeded_.insert(var);
  }
  bool IsThreshold(OpId op, std::string_view attribute) const;
  void CleanAttributes();
  void RefuseOtherReaders();
  bool StaysReadable(VarId var, OpId writer) const;
  void RemoveCounters();
  std::optional<bool> IsStoredAsIntegers(VarId var);

  QuantizedValues values_;
  UniqueNames names_;
  std::set<OpId> removed_;
  std::set<OpId> step_ops_;                     // that count the steps of values
  std::set<VarId> unneeded_;                    // variables that only the quantization ops need
  std::set<VarId> redirected_;                  // whose readers read another variable now
  std::set<std::pair<OpId, VarId>> rewired_;    // readers of integers that read the float value now
  std::map<VarId, VarId> original_;             // of the float variables that quantization ops write
  std::map<VarId, std::vector<double>> steps_;  // of weights: s / R
  std::map<VarId, std::string> names_of_;       // of the same: what they are called then
};

bool UndoPass::Rewriter::Run() {
  if (!RefuseUnfit()) return false;
  FindOriginals();
  for (const QuantizedValue& value : values_.values()) UndoValue(value);
  for (const IntegerProduct& product : values_.products()) UndoProduct(product);
  for (const OpId op : values_.observers()) RemoveObserver(op);
  RemoveCounters();
  RefuseOtherReaders();
  CleanAttributes();
  CleanControlLists(
      index_, [this](VarId var) { return unneeded_.contains(var); }, &rewrites_);
  for (const OpId op : removed_) RemoveOp(op);
  rewrites_.Queue(&context_.main->edits);
  for (const VarId var : unneeded_) pass_->unneeded_.insert(index_.NameOf(var));
  return !context_.findings->has_errors();
}

// Every quantization op has to be one that is understood: all or nothing.
bool UndoPass::Rewriter::RefuseUnfit() {
  ReportOtherForm(index_, values_.unpaired(), "not-undoable", "undo", context_.findings);
  RefuseWeightOnly(index_, "not-undoable", "undo", context_.findings);
  const bool frozen = values_.IsFrozen();
  if (values_.values().empty() && !frozen && !context_.findings->has_errors())
    context_.findings->Note("not-quantized", {}, "the program has no quantize ops: it is plain float already");
  if (frozen && pass_->values_ == nullptr) {
    context_.findings->Error("parameters-needed", {},
                             "the program is frozen: its float weights are computed from its parameters",
                             "name the model, or its parameters with --params");
  }
  return !context_.findings->has_errors();
}

// A quantization op goes, and so do the variables that it writes or keeps its state in.
void UndoPass::Rewriter::Remove(OpId op) {
  removed_.insert(op);
  const QuantizationOp* kind = FindQuantizationOp(index_.type(op));
  const size_t block = index_.program().BlockOfOp(op);
  for (const Argument& argument : index_.outputs(op)) Drop(index_.Lookup(block, argument.name));
  for (const Argument& argument : index_.inputs(op)) {
    if (kind == nullptr || index_.name(argument.slot) != kind->operand) Drop(index_.Lookup(block, argument.name));
  }
}

void UndoPass::Rewriter::RemoveObserver(OpId op) {
  removed_.insert(op);
  const QuantizationOp& kind = *FindObserver(index_.type(op));
  const size_t block = index_.program().BlockOfOp(op);
  for (const Argument& argument : index_.arguments(op)) {
    if (index_.name(argument.slot) != kind.operand) Drop(index_.Lookup(block, argument.name));
  }
}

bool UndoPass::Rewriter::IsThreshold(OpId op, std::string_view attribute) const {
  for (const Argument& argument : index_.arguments(op)) {
    if (IsThresholdOf(attribute, index_.name(argument.slot))) return true;
  }
  return false;
}

// What the passes of Paddle 2.x leave in the attributes of the ops that they quantize; they also rename the weight in
// op_role_var.
void UndoPass::Rewriter::CleanAttributes() {
  if (removed_.empty()) return;
  std::unordered_map<std::string_view, VarId> rounded;  // by name
  for (const QuantizedValue& value : values_.values()) {
    if (value.is_weight) rounded.emplace(index_.name(index_.var_name(value.rounded)), value.source);
  }
  for (OpId op = 0; op < index_.program().op_count(); ++op) {
    if (removed_.contains(op)) continue;
    std::vector<std::string> role_var;
    bool renamed = false;
    index_.program().op(op).ForEachAttr([&](const AttrView& attr) {
      const std::string_view name = attr.name();
      if (name == attributes::kQuantizationType || name == attributes::kQuantActivationBits ||
          name == attributes::kOutThreshold || IsThreshold(op, name)) {
        rewrites_.RemoveAttr(op, name);
      } else if (name == attributes::kWithQuantAttr) {
        rewrites_.SetBool(op, name, false);
      } else if (name == attributes::kOpRoleVar) {
        for (const std::string_view var : attr.AsStrings()) {
          const auto found = rounded.find(var);
          renamed |= found != rounded.end();
          role_var.push_back(found == rounded.end() ? std::string(var) : index_.NameOf(found->second));
        }
      }
    });
    if (renamed) rewrites_.Set(op, attributes::kOpRoleVar, role_var);
  }
}

// What a variable that goes stands for may go as well: a product that is scaled back, and quantized again for the next
// op.
void UndoPass::Rewriter::FindOriginals() {
  for (const QuantizedValue& value : values_.values()) original_[value.rounded] = value.source;
  for (const IntegerProduct& product : values_.products()) {
    if (IsRenamed(index_, product)) original_[product.scaled] = product.output;
  }
}

// The name of the float value that `var` is computed from, in the program without quantization ops.
std::string UndoPass::Rewriter::OriginalOf(VarId var) const {
  auto found = original_.find(var);
  for (size_t steps = 0; found != original_.end() && steps < original_.size(); ++steps) {
    var = found->second;
    found = original_.find(var);
  }
  if (found != original_.end()) {
    context_.findings->Error("not-undoable", PlaceOfVariable(index_.NameOf(var)),
                             "the variable is quantized from itself");
  }
  return index_.NameOf(var);
}

// Stored integers become the floats that they stand for.
std::string UndoPass::Rewriter::RestoreStored(const QuantizedValue& value) {
  std::string name = index_.NameOf(value.source);
  const std::optional<bool> integers = IsStoredAsIntegers(value.source);
  if (!integers) return name;
  if (!*integers) {
    context_.findings->Error("weight-type", PlaceOfVariable(name),
                             "the weight's values are no integers, and " +
                                 ToString(PlaceOfOp(index_, value.dequantize)) + " scales them back as such",
                             "undo takes what freeze or int8 wrote");
    return name;
  }
  const Result<Scales> scales = ScalesOfStored(index_, value, pass_->values_);
  if (scales.ok()) return RestoreWeight(value.source, *scales, static_cast<float>(MaxInteger(value.bits)));
  context_.findings->Error("parameter", PlaceOfOp(index_, value.dequantize), scales.status().message());
  return name;
}

void UndoPass::Rewriter::UndoValue(const QuantizedValue& value) {
  redirected_.insert(value.rounded);
  const std::string original = value.is_stored() ? RestoreStored(value) : OriginalOf(value.source);
  for (const OpId op : Dissolve(value, original, index_, uses_, &rewrites_)) Remove(op);
  if (value.is_stored()) {
    unneeded_.erase(value.source);
    return;
  }
  for (const OpId op : value.step_ops) step_ops_.insert(op);
}

void UndoPass::Rewriter::UndoProduct(const IntegerProduct& product) {
  for (const IntegerProduct::Operand& operand : product.operands) {
    if (operand.quantize == kNoOp) continue;
    const VarId source = index_.InputVar(operand.quantize, FindQuantizationOp(index_.type(operand.quantize))->operand);
    if (source != kNoVar) {
      rewrites_.ReplaceInput(product.op, index_.name(operand.slot), index_.NameOf(operand.var), {OriginalOf(source)});
      rewired_.emplace(product.op, operand.var);
    }
    Remove(operand.quantize);
  }
  RestoreOutput(product);
  RestoreWeights(product);
  for (const IntegerProduct::Scaling& scaling : product.scalings) {
    Remove(scaling.op);
    const VarId written = index_.OutputVar(scaling.op, scaling.kind->output);
    redirected_.insert(written);
    if (written == product.scaled) unneeded_.erase(written);
  }
  // Of the integer product and the scaled one, one has the original name.
  unneeded_.insert(IsRenamed(index_, product) ? product.scaled : product.output);
}

void UndoPass::Rewriter::RestoreOutput(const IntegerProduct& product) {
  const std::string output = index_.NameOf(product.output);
  const std::string scaled = index_.NameOf(product.scaled);
  if (IsRenamed(index_, product)) {
    for (const OpId reader : uses_.readers(product.scaled)) rewrites_.ReplaceInput(reader, "", scaled, {output});
  } else {
    rewrites_.ReplaceOutput(product.op, product.kind->output, output, scaled);
  }
}

// Nothing where that can't be said, which is reported.
std::optional<bool> UndoPass::Rewriter::IsStoredAsIntegers(VarId var) {
  const auto tensor = index_.program().var(var).lod_tensor();
  int32_t type = tensor ? tensor->data_type : -1;
  // Models say FP32 of what they store as INT8.
  if (type == proto::VarType::FP32) {
    if (const Result<int32_t> stored = pass_->values_->StoredType(index_.NameOf(var)); stored.ok()) type = *stored;
  }
  if (type == proto::VarType::INT8 || type == proto::VarType::INT16) return true;
  const Place place = PlaceOfVariable(index_.NameOf(var));
  if (type != proto::VarType::FP32) {
    context_.findings->Error("weight-type", place, "the weight is neither INT8, INT16 nor FP32",
                             "undo takes what freeze or int8 wrote");
    return std::nullopt;
  }
  const Result<bool> integers = pass_->values_->AllIntegers(index_.NameOf(var));
  if (integers.ok()) return *integers;
  context_.findings->Error("parameter", place, integers.status().message());
  return std::nullopt;
}

void UndoPass::Rewriter::RestoreWeights(const IntegerProduct& product) {
  const std::vector<WeightStep> steps = StepsOfWeights(index_, product, pass_->values_);
  size_t weight = 0;
  for (const IntegerProduct::Operand& operand : product.operands) {
    if (operand.quantize != kNoOp) continue;
    const WeightStep& step = steps[weight++];
    if (!IsStoredAsIntegers(operand.parameter).value_or(false)) continue;
    const Result<Scales> scales = ScalesOfStep(index_, step, pass_->values_);
    if (!scales.ok()) {
      context_.findings->Error("parameter", PlaceOfOp(index_, product.scalings.back().op), scales.status().message());
      return;
    }
    if (step.max_range != 0) RestoreWeight(operand.parameter, *scales, step.max_range);
  }
}

std::string UndoPass::Rewriter::RestoreWeight(VarId var, const Scales& scales, float max_range) {
  std::vector<double> steps;
  for (const float scale : scales.values) steps.push_back(static_cast<double>(scale) / static_cast<double>(max_range));
  const auto [known, added] = steps_.try_emplace(var, steps);
  const Place place = PlaceOfVariable(index_.NameOf(var));
  if (!added) {
    if (std::equal(steps.begin(), steps.end(), known->second.begin(), known->second.end(), IsSameScale))
      return names_of_[var];
    context_.findings->Error("weight-scale", place, "two ops scale the weight's integers in different ways",
                             "undo takes what freeze or int8 wrote");
    return index_.NameOf(var);
  }
  // A float is an integer, of 16 bits at most, times the scale, and divided by the range: both results have to be
  // finite.
  constexpr double kLargest = 32768;
  const auto fits = [](double factor) { return std::isfinite(static_cast<float>(factor * kLargest)); };
  if (!std::all_of(steps.begin(), steps.end(), fits) ||
      !std::all_of(scales.values.begin(), scales.values.end(), fits)) {
    context_.findings->Error("weight-scale", place,
                             "the scale of the weight is not finite, or its floats would not be");
    return index_.NameOf(var);
  }
  if (!LieAlongAxis(index_, var, scales, pass_->values_)) {
    context_.findings->Error("weight-scale", place,
                             std::to_string(scales.values.size()) + " scales don't lie along its axis " +
                                 std::to_string(scales.axis) + ", which has its op's channels",
                             "undo can't tell what an integer is worth: take the model from before it was frozen");
    return index_.NameOf(var);
  }
  const std::string name = DeclareFloat(index_, uses_, var, &names_, &context_.main->edits, &rewrites_);
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kToFloat;
  plan.source = index_.NameOf(var);
  plan.scales = scales;
  plan.max_range = max_range;
  pass_->plans_[name] = plan;
  return names_of_[var] = name;
}

// Whoever reads what a quantize op writes would be left with a variable that nothing writes.
void UndoPass::Rewriter::RefuseOtherReaders() {
  std::set<VarId> seen;  // many ops may write one scale, which each of them reads
  for (const OpId op : removed_) {
    const size_t block = index_.program().BlockOfOp(op);
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar || redirected_.contains(var) || StaysReadable(var, op) || !seen.insert(var).second) continue;
      for (const OpId reader : uses_.readers(var)) {
        if (removed_.contains(reader) || rewired_.contains({reader, var}) || uses_.OnlyLists(reader, var)) continue;
        context_.findings->Error(
            "not-undoable", PlaceOfOp(index_, reader, "", index_.NameOf(var)),
            "the op reads what " + ToString(PlaceOfOp(index_, op)) + " writes, which undo would remove",
            "take the op out of the program, or save it without fetching the variable");
      }
    }
  }
}

// Whether a variable has its value without the op that writes it: for inference a static scale stays as it is stored.
bool UndoPass::Rewriter::StaysReadable(VarId var, OpId writer) const {
  const QuantizationOp* kind = FindQuantizationOp(index_.type(writer));
  return kind != nullptr && !kind->dynamic() && index_.persistable(var) &&
         index_.program().op(writer).BoolOr(attributes::kIsTest, false);
}

// The counters of steps and of loops, where only quantize ops counted by them, and what is computed from them.
void UndoPass::Rewriter::RemoveCounters() {
  // What is computed from a counter comes before the counter.
  for (auto op = step_ops_.rbegin(); op != step_ops_.rend(); ++op) {
    const auto written = index_.outputs(*op);
    const bool unused = std::all_of(written.begin(), written.end(), [&](const Argument& argument) {
      const VarId var = index_.Lookup(index_.program().BlockOfOp(*op), argument.name);
      if (var == kNoVar) return true;  // nothing reads the empty variable
      const auto readers = uses_.readers(var);
      return std::all_of(readers.begin(), readers.end(), [&](OpId reader) {
        return removed_.contains(reader) || reader == *op || uses_.OnlyLists(reader, var);
      });
    });
    if (unused) Remove(*op);
  }
  for (OpId op = 0; op < index_.program().op_count(); ++op) {
    if (index_.type(op) != op_types::kIncrement) continue;
    const VarId counter = index_.OutputVar(op, slots::kOut);
    if (!unneeded_.contains(counter) || index_.InputVar(op, slots::kX) != counter) continue;
    const auto readers = uses_.readers(counter);
    const bool unused = std::all_of(readers.begin(), readers.end(), [&](OpId r) {
      return removed_.contains(r) || r == op || uses_.OnlyLists(r, counter);
    });
    if (unused && uses_.writers(counter).size() == 1) removed_.insert(op);
  }
}

Result<Outcome> UndoPass::Run(const PassContext& context) {
  plans_.clear();
  unneeded_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the program can't be brought back to float");
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
