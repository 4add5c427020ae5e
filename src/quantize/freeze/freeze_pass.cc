#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "quantize/forms/form.h"
#include "quantize/forms/op_templates.h"
#include "quantize/freeze/freeze_plan.h"
#include "quantize/freeze/freeze_weights.h"
#include "quantize/freeze/model_passes.h"
#include "quantize/freeze/out_scales.h"
#include "quantize/model_writer.h"
#include "quantize/pass_run.h"
#include "quantize/weights/product_channels.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// One op behind a frozen op that scales its product back: by one scale, or by those of channels, too.
struct ScalingStep {
  std::string scale;  // empty where those of the channels are alone
  float max_range = 0;
  std::string channel_scales = {};
  std::vector<int32_t> bits = {};  // of the channels' operand, and of the other one
  int32_t axis = 0;                // of the product
  int32_t weight_axis = 0;
};

}  // namespace

class FreezePass::Rewriter : private PassRun<FreezePass> {
 public:
  Rewriter(const PassContext& context, FreezePass* pass)
      : PassRun(context, pass),
        values_(index_, uses_),
        target_(pass->form_.value_or(FormOfSimulation(values_))),
        plan_(index_, uses_, values_, target_),
        writer_(index_, &context.main->edits, &rewrites_, &pass->plans_),
        weights_(context, plan_, target_, pass->values_, pass->scales_are_given_, &pass->plans_, &writer_) {}

  bool Run() {
    if (!CheckFreezable(index_, values_, plan_, target_, context_.findings)) return false;
    for (const QuantizedValue& value : values_.values()) weights_.Check(value);
    weights_.Plan(values_);
    if (context_.findings->has_errors()) return false;
    TakeTestForm();
    for (const FreezeSite& site : plan_.sites()) InsertSteps(site, StepsOf(site));
    if (context_.findings->has_errors()) return false;
    for (const FreezeSite& site : plan_.sites()) RewriteOperands(site);
    for (const QuantizedValue& value : values_.values()) {
      if (plan_.IsStored(value)) {
        ScaleInFront(value);
      } else if (target_ == QuantizationForm::kLinear) {
        MakeLinear(value);
      } else {
        Dissolve(value);
      }
    }
    for (const OpId op : TakeOutScales(index_, values_, uses_, pass_->values_, &rewrites_, context_.findings)) {
      RemoveOp(op);
      KeepState(op, *FindObserver(index_.type(op)));
    }
    rewrites_.Queue(&context_.main->edits);
    for (const KeptSite& kept : plan_.kept())
      pass_->kept_.push_back({PlaceOfOp(index_, kept.op), kept.why, NumberInFloat(kept.op)});
    pass_->frozen_ops_ = CountFrozen();
    return true;
  }

 private:
  void TakeTestForm();
  size_t CountFrozen() const;
  int64_t NumberInFloat(OpId op);
  void RewriteOperands(const FreezeSite& site);
  std::vector<ScalingStep> StepsOf(const FreezeSite& site);
  void InsertSteps(const FreezeSite& site, const std::vector<ScalingStep>& steps);
  bool CanRename(const FreezeSite& site) const;
  std::optional<ScalingStep> ChannelStep(const FreezeSite& site, const FrozenOperand& weight);
  void Dissolve(const QuantizedValue& value);
  void RemoveQuantize(const QuantizedValue& value);
  void KeepState(OpId op, const QuantizationOp& kind);
  void ScaleInFront(const QuantizedValue& value);
  void MakeLinear(const QuantizedValue& value);
  std::string IntegersOf(const QuantizedValue& value);

  QuantizedValues values_;
  const QuantizationForm target_;
  FreezePlan plan_;
  ModelWriter writer_;
  FreezeWeights weights_;
  std::vector<uint32_t> before_;  // by op: how many that aren't quantization ops stand before it; made when asked for
  OpBuilder op_;
  std::map<VarId, std::string> renamed_;                   // outputs of sites: what their readers read then
  std::map<const QuantizedValue*, std::string> integers_;  // of activations in other forms
};

// A frozen program trains no scales: the ops that stay take those that are stored.
void FreezePass::Rewriter::TakeTestForm() {
  for (OpId op = 0; op < index_.program().op_count(); ++op) {
    if (IsQuantizationOp(index_.type(op)) && !index_.program().op(op).BoolOr(attributes::kIsTest, true))
      rewrites_.SetBool(op, attributes::kIsTest, true);
  }
}

// The products that read what a frozen program has: integers, or stored weights.
size_t FreezePass::Rewriter::CountFrozen() const {
  std::set<OpId> frozen;
  for (const FreezeSite& site : plan_.sites()) frozen.insert(site.op);
  for (const QuantizedValue& value : values_.values()) {
    if (!plan_.IsStored(value)) continue;
    for (const OpId reader : uses_.readers(value.rounded)) {
      if (FindQuantizable(index_.type(reader)) != nullptr) frozen.insert(reader);
    }
  }
  return frozen.size();
}

int64_t FreezePass::Rewriter::NumberInFloat(OpId op) {
  if (before_.empty()) {
    uint32_t count = 0;
    for (OpId i = 0; i < index_.program().op_count(); ++i) {
      before_.push_back(count);
      count += IsQuantizationOp(index_.type(i)) ? 0U : 1U;
    }
  }
  return before_[op] - before_[index_.program().block(index_.program().BlockOfOp(op)).first_op];
}

// The step that scales by the channels of a weight; nothing for a weight with one scale, and with a finding where there
// is none.
std::optional<ScalingStep> FreezePass::Rewriter::ChannelStep(const FreezeSite& site, const FrozenOperand& weight) {
  if (weight.value->axis == kWholeTensor) return std::nullopt;
  const QuantizableOperand& row = site.kind->operands()[*site.kind->OperandIn(index_.name(weight.slot))];
  const int32_t output_axis = OutputAxis(row, index_.program().op(site.op));
  const auto rank = static_cast<int32_t>(index_.DimsOf(site.output).size());
  const int32_t axis = output_axis == kLastAxis ? rank - 1 : output_axis;
  const Result<size_t> times =
      GroupsOfChannels(index_, site.op, row, index_.NameOf(plan_.WeightOf(*weight.value)->parameter),
                       weights_.Of(*weight.value).scales.values.size(), pass_->values_);
  if (!times.ok()) {
    context_.findings->Error("parameter", PlaceOfOp(index_, site.op), times.status().message());
    return std::nullopt;
  }
  return ScalingStep{
      {}, 0, weights_.RepeatedScaleParameter(*weight.value, *times), {weight.value->bits}, axis, row.channel_axis};
}

std::vector<ScalingStep> FreezePass::Rewriter::StepsOf(const FreezeSite& site) {
  std::vector<ScalingStep> steps;
  for (const FrozenOperand& operand : site.operands) {
    if (operand.is_weight) continue;
    steps.push_back({index_.NameOf(operand.value->scale), static_cast<float>(MaxInteger(operand.value->bits))});
    steps.back().bits = {operand.value->bits};
  }
  const bool has_activation = !steps.empty();
  for (const FrozenOperand& operand : site.operands) {
    if (!operand.is_weight) continue;
    const auto r = static_cast<double>(MaxInteger(operand.value->bits));
    if (auto channels = ChannelStep(site, operand)) {
      if (has_activation) {
        channels->scale = steps[0].scale;
        channels->bits.push_back(steps[0].bits[0]);
        steps.clear();
      }
      steps.push_back(std::move(*channels));
    } else if (has_activation) {
      const float scale = weights_.Of(*operand.value).scales.values[0];
      steps[0].max_range = static_cast<float>(r * static_cast<double>(steps[0].max_range) / static_cast<double>(scale));
    } else {
      steps.push_back({weights_.ScaleParameter(*operand.value), static_cast<float>(r)});
    }
  }
  return steps;
}

// Whether the op may write integers under its output's name, while all readers get another one: they come later in the
// same block, are plain ops, and nothing else writes the variable. Otherwise the output keeps the scaled value.
bool FreezePass::Rewriter::CanRename(const FreezeSite& site) const {
  const Program& program = index_.program();
  const size_t block = program.BlockOfOp(site.op);
  const auto readers = uses_.readers(site.output);
  if (readers.empty() || uses_.writers(site.output).size() != 1 || uses_.named_by_attribute(site.output)) return false;
  if (index_.persistable(site.output) || program.BlockOfVar(site.output) != block) return false;
  return std::all_of(readers.begin(), readers.end(), [&](OpId op) {
    return op > site.op && program.BlockOfOp(op) == block && !IsFetch(index_.type(op)) &&
           FindControlOp(index_.type(op)) == nullptr;
  });
}

void FreezePass::Rewriter::InsertSteps(const FreezeSite& site, const std::vector<ScalingStep>& steps) {
  const std::string output = index_.NameOf(site.output);
  const auto block = index_.program().BlockOfOp(site.op);
  const ServedOp served = Serving(index_, site.op);
  const auto new_var = [&](const std::string& name) { return writer_.NewVar(block, name, site.output); };
  const bool rename = CanRename(site);
  std::string last = output;
  if (rename) {
    last = new_var(output + ".dequantized");
    renamed_[site.output] = last;
    for (const OpId reader : uses_.readers(site.output)) rewrites_.ReplaceInput(reader, "", output, {last});
  }
  std::string from = output;
  if (!rename) {
    from = new_var(output + ".product");
    rewrites_.ReplaceOutput(site.op, site.kind->output, output, from);
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    const ScalingStep& step = steps[i];
    const std::string to = i + 1 == steps.size() ? last : new_var(output + ".scaled");
    if (step.channel_scales.empty()) {
      BuildDequantize(from, step.scale, to, step.max_range, served, &op_);
    } else {
      BuildDequantizeProduct(from, {step.channel_scales, step.scale}, to, step.bits, step.axis, step.weight_axis,
                             served, &op_);
    }
    context_.main->edits.InsertOpAfter(site.op, op_.message());
    from = to;
    if (!step.channel_scales.empty()) writer_.List(step.channel_scales, site.op);
  }
}

void FreezePass::Rewriter::RewriteOperands(const FreezeSite& site) {
  for (const FrozenOperand& operand : site.operands) {
    const std::string from = index_.NameOf(operand.value->rounded);
    if (!operand.is_weight) {
      rewrites_.ReplaceInput(site.op, index_.name(operand.slot), from, {IntegersOf(*operand.value)});
      continue;
    }
    const FrozenWeight& weight = weights_.Of(*operand.value);
    const StoredWeight& stored = *plan_.WeightOf(*operand.value);
    const OpId reader = stored.path.empty() ? site.op : stored.path.back();
    if (stored.path.empty()) {
      rewrites_.ReplaceInput(site.op, index_.name(operand.slot), from, {weight.integers});
    } else {
      rewrites_.ReplaceInput(reader, slots::kX, index_.NameOf(stored.parameter), {weight.integers});
      rewrites_.ReplaceInput(site.op, index_.name(operand.slot), from, {index_.NameOf(operand.value->source)});
    }
    writer_.List(weight.integers, reader);
    if (!weight.scale_name.empty()) writer_.List(weight.scale_name, site.op);
  }
}

void FreezePass::Rewriter::RemoveQuantize(const QuantizedValue& value) {
  RemoveOp(value.quantize);
  for (const OpId op : {value.quantize, value.dequantize}) KeepState(op, *value.kind);
}

// Notes what an op that goes kept its scale and its state in.
void FreezePass::Rewriter::KeepState(OpId op, const QuantizationOp& kind) {
  for (const Argument& argument : index_.arguments(op)) {
    const std::string_view slot = index_.name(argument.slot);
    if (slot != kind.operand && slot != kind.output) pass_->state_.emplace(index_.name(argument.name));
  }
}

// The integers of an activation at a site: those of the pair, or of an op of the legacy form that is made here.
std::string FreezePass::Rewriter::IntegersOf(const QuantizedValue& value) {
  if (value.kind->form == QuantizationForm::kLegacy) return index_.NameOf(value.integers);
  const auto [entry, added] = integers_.try_emplace(&value);
  if (!added) return entry->second;
  const size_t block = index_.program().BlockOfOp(value.quantize);
  const bool reuse = value.integers != kNoVar && plan_.Dissolves(value);
  entry->second = reuse ? index_.NameOf(value.integers)
                        : writer_.NewVar(block, index_.NameOf(value.source) + ".quantized", value.source);
  FormValue form;
  form.scale_kind = value.kind->dynamic() ? &DynamicScale() : FindScaleKindOfOp(op_types::kQuantizeRange);
  const auto renamed = renamed_.find(value.source);
  form.source = renamed == renamed_.end() ? index_.name(index_.var_name(value.source)) : renamed->second;
  form.names.quantized = entry->second;
  form.scale_variables.assign(form.scale_kind->variables.size(), index_.NameOf(value.scale));
  form.bits = value.bits;
  writer_.Insert(form.scale_kind->quantize_op(), form, value.quantize);
  return entry->second;
}

// The stored integers of a weight are scaled back: behind them, so that what changes their shape reads floats.
void FreezePass::Rewriter::ScaleInFront(const QuantizedValue& value) {
  const FrozenWeight& weight = weights_.Of(value);
  const StoredWeight& stored = *plan_.WeightOf(value);
  const bool direct = stored.path.empty();
  const OpId before = direct ? value.dequantize : stored.path.back();
  const std::string parameter = index_.NameOf(stored.parameter);
  const std::string rounded =
      direct ? index_.NameOf(value.rounded)
             : writer_.NewVar(index_.program().BlockOfOp(before), parameter + ".dequantized", stored.parameter);
  const std::string scale = weights_.ScaleParameter(value);
  for (const std::string& name : {weight.integers, scale}) writer_.List(name, before);
  if (target_ == QuantizationForm::kLinear) {
    ModelWriter::Pair pair;
    pair.quantized = weight.integers;
    pair.rounded = rounded;
    pair.scale = scale;
    pair.channels = weight.scales.values.size();
    pair.bits = kLinearBits;
    pair.axis = stored.axis;
    writer_.WriteBack(pair, before);
  } else {
    FormValue form;
    form.scale_kind = &ScaleOfStep(target_, stored.axis != kWholeTensor);
    form.names.quantized = weight.integers;
    form.names.dequantized = rounded;
    form.bits = value.bits;
    form.axis = stored.axis;
    form.scale_variables.assign(form.scale_kind->variables.size(), scale);
    writer_.Insert(form.scale_kind->back_ops.back(), form, before);
  }
  if (!direct) {
    rewrites_.ReplaceInput(before, slots::kX, parameter, {rounded});
    for (const OpId reader : uses_.readers(value.rounded))
      rewrites_.ReplaceInput(reader, "", index_.NameOf(value.rounded), {index_.NameOf(value.source)});
  }
  if (value.dequantize != value.quantize) RemoveOp(value.dequantize);
  RemoveQuantize(value);
}

// An activation, or a weight whose integers can't be stored, is quantized with its static scale in the linear form.
void FreezePass::Rewriter::MakeLinear(const QuantizedValue& value) {
  if (value.kind->linear()) return;
  ModelWriter::Pair pair;
  pair.source = index_.NameOf(value.source);
  pair.quantized = value.integers != kNoVar ? index_.NameOf(value.integers)
                                            : writer_.NewVar(index_.program().BlockOfOp(value.quantize),
                                                             pair.source + ".quantized", value.source);
  pair.rounded = index_.NameOf(value.rounded);
  pair.scale = index_.NameOf(value.scale);
  pair.bits = value.bits;
  writer_.Write(pair, value.quantize);
  if (value.dequantize != value.quantize) RemoveOp(value.dequantize);
  RemoveQuantize(value);
}

// Removes the ops of a value that nobody needs any more, and puts into the lists of control ops what bodies read now.
void FreezePass::Rewriter::Dissolve(const QuantizedValue& value) {
  const bool dissolves = plan_.Dissolves(value);
  const bool has_site = plan_.HasSite(value);
  std::vector<std::string> listed;
  if (!dissolves) listed.push_back(index_.NameOf(value.rounded));
  if (has_site && !plan_.IsWeight(value)) {
    listed.push_back(IntegersOf(value));
    listed.push_back(index_.NameOf(value.scale));
  } else if (has_site && !plan_.WeightOf(value)->path.empty()) {
    listed.push_back(index_.NameOf(value.source));
  }
  for (const OpId reader : uses_.readers(value.rounded)) {
    if (const ControlOp* control = FindControlOp(index_.type(reader))) {
      rewrites_.ReplaceInput(reader, control->inputs, index_.NameOf(value.rounded), listed);
    }
  }
  if (!dissolves) return;
  if (value.dequantize != value.quantize) RemoveOp(value.dequantize);
  // An activation of another form is quantized by the op that was made for its sites.
  const bool replaced = has_site && !plan_.IsWeight(value) && value.kind->form != QuantizationForm::kLegacy &&
                        !values_.HasOtherReaders(value);
  if (replaced || plan_.LosesQuantize(value)) RemoveQuantize(value);
}

Result<Outcome> FreezePass::Run(const PassContext& context) {
  plans_.clear();
  kept_.clear();
  state_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the program can't be frozen");
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
