#include "quantize/freeze/undo_pass.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "analysis/uses.h"
#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "pdquant/framework.pb.h"
#include "quantize/forms/fake_pairs.h"
#include "quantize/freeze/frozen_ops.h"
#include "quantize/unique_names.h"

namespace pdquant {
namespace {

constexpr std::string_view kInt8Suffix = ".int8";
constexpr std::string_view kInt16Suffix = ".int16";
// One weight's step, as two ops' max_range say it, may differ by rounding.
bool IsNear(double a, double b) {
  constexpr double kRounding = 1e-5;
  return std::fabs(a - b) <= kRounding * std::fabs(b);
}

}  // namespace

class UndoPass::Rewriter {
 public:
  Rewriter(const PassContext& context, UndoPass* pass)
      : context_(context),
        pass_(pass),
        index_(context.main->index),
        uses_(index_),
        pairs_(index_, uses_),
        frozen_(FindFrozenOps(index_, uses_)),
        names_(index_),
        rewrites_(index_.program()) {}

  bool Run();

 private:
  bool RefuseUnfit();
  void FindOriginals();
  std::string OriginalOf(VarId var) const;
  bool IsRenamed(const FrozenOp& frozen) const;
  void UndoPair(const FakePair& pair);
  void UndoFrozen(const FrozenOp& frozen);
  void RestoreOutput(const FrozenOp& frozen);
  void RestoreWeights(const FrozenOp& frozen);
  void RestoreWeight(const FrozenOp::Operand& operand, const Scales& scales, float max_range);
  void RemoveFakeOp(OpId op);
  void RemoveCounters();
  void CleanControlLists();
  bool IsStoredAsIntegers(VarId var);
  std::string NameOf(VarId var) const { return std::string(index_.name(index_.var_name(var))); }

  const PassContext& context_;
  UndoPass* pass_;
  const Index& index_;
  Uses uses_;
  FakePairs pairs_;
  std::vector<FrozenOp> frozen_;
  UniqueNames names_;
  OpRewrites rewrites_;
  std::set<OpId> removed_;
  std::set<VarId> made_;                        // variables that only the fake ops need
  std::map<VarId, VarId> original_;             // of the float variables that fake ops write
  std::map<VarId, std::vector<double>> steps_;  // of weights: s / R
};

bool UndoPass::Rewriter::Run() {
  if (!RefuseUnfit()) return false;
  FindOriginals();
  for (const FakePair& pair : pairs_.pairs()) UndoPair(pair);
  for (const FrozenOp& frozen : frozen_) UndoFrozen(frozen);
  RemoveCounters();
  CleanControlLists();
  for (const OpId op : removed_) {
    rewrites_.Forget(op);
    context_.main->edits.RemoveOp(op);
  }
  rewrites_.Queue(&context_.main->edits);
  for (const VarId var : made_) pass_->made_names_.insert(NameOf(var));
  return !context_.findings->has_errors();
}

// Every fake op has to be one that is understood: all or nothing.
bool UndoPass::Rewriter::RefuseUnfit() {
  std::set<OpId> understood;
  for (const FrozenOp& frozen : frozen_) {
    for (const Scaling& scaling : frozen.scalings) understood.insert(scaling.op);
    for (const FrozenOp::Operand& operand : frozen.operands) understood.insert(operand.quantize);
  }
  for (const OpId op : pairs_.others()) {
    if (understood.contains(op)) continue;
    context_.findings->Error(
        "not-undoable", PlaceOfOp(index_, op),
        "no simulated or frozen form that pdquant or QuantizeTranspiler writes has such an op at this place",
        "undo takes what transpile, freeze or int8 wrote");
  }
  if (pairs_.pairs().empty() && frozen_.empty() && pairs_.others().empty()) {
    context_.findings->Note("not-quantized", {}, "the program has no quantize ops: it is plain float already");
  }
  pass_->was_frozen_ = !frozen_.empty();
  if (pass_->was_frozen_ && pass_->values_ == nullptr) {
    context_.findings->Error("parameters-needed", {},
                             "the program is frozen: its float weights are computed from its parameters",
                             "name the model, or its parameters with --params");
  }
  return !context_.findings->has_errors();
}

// A fake op goes, and so do the variables that it writes or keeps its state in.
void UndoPass::Rewriter::RemoveFakeOp(OpId op) {
  removed_.insert(op);
  const size_t block = index_.program().BlockOfOp(op);
  for (const Argument& argument : index_.outputs(op)) made_.insert(index_.Lookup(block, argument.name));
  for (const Argument& argument : index_.inputs(op)) {
    if (index_.name(argument.slot) != slots::kX) made_.insert(index_.Lookup(block, argument.name));
  }
}

// What a variable that goes stands for may go as well: a product that is scaled back, and quantized again for the next
// op.
void UndoPass::Rewriter::FindOriginals() {
  for (const FakePair& pair : pairs_.pairs()) original_[pair.dequantized] = pair.source;
  for (const FrozenOp& frozen : frozen_) {
    if (IsRenamed(frozen)) original_[frozen.scaled] = frozen.output;
  }
}

// The name of the float value that `var` is made of, in the program without fake ops.
std::string UndoPass::Rewriter::OriginalOf(VarId var) const {
  auto found = original_.find(var);
  for (size_t steps = 0; found != original_.end() && steps < original_.size(); ++steps) {
    var = found->second;
    found = original_.find(var);
  }
  if (found != original_.end()) {
    Place place;
    place.variable = NameOf(var);
    context_.findings->Error("not-undoable", place, "the variable is quantized from itself");
  }
  return NameOf(var);
}

// Freezing keeps either the op's output name, with out.dequantized behind it, or the scaled one's.
bool UndoPass::Rewriter::IsRenamed(const FrozenOp& frozen) const {
  return NameOf(frozen.scaled).starts_with(NameOf(frozen.output) + ".dequantized");
}

void UndoPass::Rewriter::UndoPair(const FakePair& pair) {
  for (const OpId reader : uses_.readers(pair.dequantized)) {
    if (FindControlOp(index_.type(reader)) == nullptr)
      rewrites_.ReplaceInput(reader, "", NameOf(pair.dequantized), {OriginalOf(pair.source)});
  }
  RemoveFakeOp(pair.quantize);
  RemoveFakeOp(pair.dequantize);
}

void UndoPass::Rewriter::UndoFrozen(const FrozenOp& frozen) {
  for (const FrozenOp::Operand& operand : frozen.operands) {
    if (operand.quantize == kNoOp) continue;
    const VarId source = index_.InputVar(operand.quantize, slots::kX);
    if (source != kNoVar)
      rewrites_.ReplaceInput(frozen.op, index_.name(operand.slot), NameOf(operand.var), {OriginalOf(source)});
    RemoveFakeOp(operand.quantize);
  }
  RestoreOutput(frozen);
  RestoreWeights(frozen);
  for (const Scaling& scaling : frozen.scalings) {
    const VarId written = index_.OutputVar(scaling.op, slots::kOut);
    RemoveFakeOp(scaling.op);
    if (written == frozen.scaled) made_.erase(written);
  }
  // Of the integer product and the scaled one, one has the original name.
  made_.insert(IsRenamed(frozen) ? frozen.scaled : frozen.output);
}

void UndoPass::Rewriter::RestoreOutput(const FrozenOp& frozen) {
  const std::string output = NameOf(frozen.output);
  const std::string scaled = NameOf(frozen.scaled);
  if (IsRenamed(frozen)) {
    for (const OpId reader : uses_.readers(frozen.scaled)) rewrites_.ReplaceInput(reader, "", scaled, {output});
  } else {
    rewrites_.ReplaceOutput(frozen.op, frozen.kind->output, output, scaled);
  }
}

bool UndoPass::Rewriter::IsStoredAsIntegers(VarId var) {
  const auto tensor = index_.program().var(var).lod_tensor();
  const int32_t type = tensor ? tensor->data_type : -1;
  if (type == proto::VarType::INT8 || type == proto::VarType::INT16) return true;
  Place place;
  place.variable = NameOf(var);
  if (type != proto::VarType::FP32) {
    context_.findings->Error("weight-type", place, "the weight is neither INT8, INT16 nor FP32",
                             "undo takes what freeze or int8 wrote");
    return false;
  }
  const Result<bool> integers = pass_->values_->AllIntegers(NameOf(var));
  if (integers.ok()) return *integers;
  context_.findings->Error("parameter", place, integers.status().message());
  return false;
}

void UndoPass::Rewriter::RestoreWeights(const FrozenOp& frozen) {
  size_t weight = 0;
  for (const FrozenOp::Operand& operand : frozen.operands) {
    if (operand.quantize != kNoOp || !IsStoredAsIntegers(operand.var)) continue;
    const WeightStep step = StepOfWeight(index_, frozen, weight++);
    const Result<Scales> scales = ScalesOfStep(index_, step, pass_->values_);
    if (!scales.ok()) {
      context_.findings->Error("parameter", PlaceOfOp(index_, frozen.scalings.back().op), scales.status().message());
      return;
    }
    if (step.max_range != 0) RestoreWeight(operand, *scales, step.max_range);
  }
}

void UndoPass::Rewriter::RestoreWeight(const FrozenOp::Operand& operand, const Scales& scales, float max_range) {
  std::vector<double> steps;
  for (const float scale : scales.values) steps.push_back(static_cast<double>(scale) / static_cast<double>(max_range));
  const auto [known, added] = steps_.try_emplace(operand.var, steps);
  Place place;
  place.variable = NameOf(operand.var);
  if (!added) {
    if (std::equal(steps.begin(), steps.end(), known->second.begin(), known->second.end(), IsNear)) return;
    context_.findings->Error("weight-scale", place, "two ops scale the weight's integers in different ways",
                             "undo takes what freeze or int8 wrote");
    return;
  }
  if (!std::all_of(steps.begin(), steps.end(), [](double step) { return std::isfinite(step); })) {
    context_.findings->Error("weight-scale", place, "the scale of the weight is not finite");
    return;
  }
  std::string name = NameOf(operand.var);
  const std::string old_name = name;
  const VarView var = index_.program().var(operand.var);
  const auto tensor = var.lod_tensor();
  if (tensor && tensor->data_type != proto::VarType::FP32) {
    for (const std::string_view suffix : {kInt8Suffix, kInt16Suffix}) {
      if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    }
    if (name != old_name) name = names_.New(name);
    context_.main->edits.ReplaceVar(operand.var, RetypeTensorVar(var, name, proto::VarType::FP32));
    for (const OpId reader : uses_.readers(operand.var)) rewrites_.ReplaceInput(reader, "", old_name, {name});
  }
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kToFloat;
  plan.source = old_name;
  plan.scales = scales;
  plan.max_range = max_range;
  pass_->plans_[name] = plan;
}

// The counters of steps and of loops, where only quantize ops counted by them.
void UndoPass::Rewriter::RemoveCounters() {
  for (OpId op = 0; op < index_.program().op_count(); ++op) {
    if (index_.type(op) != op_types::kIncrement) continue;
    const VarId counter = index_.OutputVar(op, slots::kOut);
    if (!made_.contains(counter) || index_.InputVar(op, slots::kX) != counter) continue;
    const auto readers = uses_.readers(counter);
    const bool unused = std::all_of(readers.begin(), readers.end(), [&](OpId r) {
      return removed_.contains(r) || r == op || FindControlOp(index_.type(r)) != nullptr;
    });
    if (unused && uses_.writers(counter).size() == 1) removed_.insert(op);
  }
}

// The lists of control ops lose the names that only the fake ops needed, and those of gradient ops the places beside
// them.
void UndoPass::Rewriter::CleanControlLists() {
  for (OpId op = 0; op < index_.program().op_count(); ++op) {
    const ControlOp* control = FindControlOp(index_.type(op));
    if (control == nullptr) continue;
    const size_t block = index_.program().BlockOfOp(op);
    std::vector<std::string> gone;
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (made_.contains(var) && index_.name(argument.slot) == control->inputs)
        gone.emplace_back(index_.name(argument.name));
    }
    if (!gone.empty()) rewrites_.RemoveListed(op, control->inputs, control->gradients, gone);
  }
}

Result<Outcome> UndoPass::Run(const PassContext& context) {
  plans_.clear();
  made_names_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the program can't be brought back to float");
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
