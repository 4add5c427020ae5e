#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "quantize/forms/form.h"
#include "quantize/forms/op_templates.h"
#include "quantize/freeze/freeze_plan.h"
#include "quantize/freeze/freeze_weights.h"
#include "quantize/freeze/model_forms.h"
#include "quantize/freeze/model_passes.h"

namespace pdquant {
namespace {

constexpr size_t kTooManyTrainingOps = 3;  // findings enough to see what is meant

// One fake_dequantize_max_abs behind a frozen op.
struct ScalingStep {
  std::string scale;
  float max_range;
};

}  // namespace

class FreezePass::Rewriter {
 public:
  Rewriter(const PassContext& context, FreezePass* pass)
      : context_(context),
        pass_(pass),
        index_(context.main->index),
        uses_(index_),
        values_(index_, uses_),
        plan_(index_, uses_, values_),
        weights_(context, plan_, pass->values_, &pass->plans_),
        rewrites_(index_.program()) {}

  bool Run() {
    if (!RefuseUnfit()) return false;
    for (const QuantizedValue& value : values_.values()) weights_.Check(value);
    weights_.Plan();
    if (context_.findings->has_errors()) return false;
    for (const FreezeSite& site : plan_.sites()) RewriteSite(site);
    for (const QuantizedValue& value : values_.values()) Dissolve(value);
    rewrites_.Queue(&context_.main->edits);
    for (const KeptSite& kept : plan_.kept()) pass_->kept_.push_back({PlaceOfOp(index_, kept.op), kept.why});
    pass_->frozen_ops_ = plan_.sites().size();
    return true;
  }

 private:
  bool RefuseUnfit();
  bool RefuseTraining();
  void RewriteSite(const FreezeSite& site);
  void List(const std::string& parameter, OpId reader);
  std::vector<ScalingStep> StepsOf(const FreezeSite& site);
  void InsertSteps(const FreezeSite& site, const std::vector<ScalingStep>& steps);
  bool CanRename(const FreezeSite& site) const;
  void Dissolve(const QuantizedValue& value);
  void RemoveQuantize(const QuantizedValue& value);
  std::string NameOf(VarId var) const { return std::string(index_.name(index_.var_name(var))); }

  const PassContext& context_;
  FreezePass* pass_;
  const Index& index_;
  Uses uses_;
  QuantizedValues values_;
  FreezePlan plan_;
  FreezeWeights weights_;
  OpRewrites rewrites_;
};

bool FreezePass::Rewriter::RefuseTraining() {
  size_t training = 0;
  for (OpId op = 0; op < index_.program().op_count(); ++op) {
    if (!IsTrainingPart(PartOf(index_, op))) continue;
    if (++training > kTooManyTrainingOps) break;
    context_.findings->Error(
        "training-program", PlaceOfOp(index_, op),
        "a training program can't be frozen: it has a backward or an optimizer",
        "save the trained program for inference first (save_inference_model of its clone(for_test=True))");
  }
  return training != 0;
}

bool FreezePass::Rewriter::RefuseUnfit() {
  if (RefuseTraining()) return false;
  if (!values_.products().empty()) {
    context_.findings->Error("already-frozen", PlaceOfOp(index_, values_.products()[0].op),
                             "the op computes on integers: the program is frozen already",
                             "freeze takes the simulated program");
    return false;
  }
  for (const QuantizedValue& value : values_.values()) {
    if (!LegacyForm().Recognises(value))
      ReportOtherForm(index_, value.dequantize, "foreign-quantization", "freeze", context_.findings);
  }
  for (const OpId op : values_.unpaired())
    ReportOtherForm(index_, op, "foreign-quantization", "freeze", context_.findings);
  if (values_.unpaired().empty() && values_.values().empty()) {
    context_.findings->Error("not-simulated", {}, "the program has no quantize ops", "transpile and train it first");
  }
  return !context_.findings->has_errors();
}

std::vector<ScalingStep> FreezePass::Rewriter::StepsOf(const FreezeSite& site) {
  std::vector<ScalingStep> steps;
  for (const FrozenOperand& operand : site.operands) {
    if (!operand.is_weight)
      steps.push_back({NameOf(operand.value->scale), static_cast<float>(MaxInteger(operand.value->bits))});
  }
  const bool has_activation = !steps.empty();
  for (const FrozenOperand& operand : site.operands) {
    if (!operand.is_weight) continue;
    const auto r = static_cast<double>(MaxInteger(operand.value->bits));
    if (has_activation) {
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
    return op > site.op && program.BlockOfOp(op) == block && index_.type(op) != op_types::kFetch &&
           FindControlOp(index_.type(op)) == nullptr;
  });
}

void FreezePass::Rewriter::InsertSteps(const FreezeSite& site, const std::vector<ScalingStep>& steps) {
  const std::string output = NameOf(site.output);
  const std::string type = index_.program().var(site.output).type_fields();
  const auto block = index_.program().BlockOfOp(site.op);
  const ServedOp served = Serving(index_, site.op);
  const auto new_var = [&](const std::string& name) {
    std::string chosen = weights_.names()->New(name);
    context_.main->edits.AddVar(block, EncodeVarOfType(chosen, type, false));
    return chosen;
  };
  const bool rename = CanRename(site);
  std::string last = output;
  if (rename) {
    last = new_var(output + ".dequantized");
    for (const OpId reader : uses_.readers(site.output)) rewrites_.ReplaceInput(reader, "", output, {last});
  }
  std::string from = output;
  if (!rename) {
    from = new_var(output + ".product");
    rewrites_.ReplaceOutput(site.op, site.kind->output, output, from);
  }
  OpBuilder op;
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string to = i + 1 == steps.size() ? last : new_var(output + ".scaled");
    BuildDequantize(from, steps[i].scale, to, steps[i].max_range, served, &op);
    context_.main->edits.InsertOpAfter(site.op, op.message());
    from = to;
  }
}

// Names a parameter in the list of each control op around the op that reads it.
void FreezePass::Rewriter::List(const std::string& parameter, OpId reader) {
  for (size_t b = index_.program().BlockOfOp(reader); b != 0 && b != kNoBlock; b = plan_.flow().body(b).outer) {
    const Body& body = plan_.flow().body(b);
    if (body.control == nullptr) return;
    rewrites_.AddInput(body.runner, body.control->inputs, parameter);
  }
}

void FreezePass::Rewriter::RewriteSite(const FreezeSite& site) {
  InsertSteps(site, StepsOf(site));
  for (const FrozenOperand& operand : site.operands) {
    const std::string from = NameOf(operand.value->rounded);
    if (!operand.is_weight) {
      rewrites_.ReplaceInput(site.op, index_.name(operand.slot), from, {NameOf(operand.value->integers)});
      continue;
    }
    const FrozenWeight& weight = weights_.Of(*operand.value);
    rewrites_.ReplaceInput(site.op, index_.name(operand.slot), from, {weight.integers});
    List(weight.integers, site.op);
    if (!weight.scale_name.empty()) List(weight.scale_name, site.op);
  }
}

void FreezePass::Rewriter::RemoveQuantize(const QuantizedValue& value) {
  context_.main->edits.RemoveOp(value.quantize);
  rewrites_.Forget(value.quantize);
  for (const auto arguments : {index_.inputs(value.quantize), index_.outputs(value.quantize)}) {
    for (const Argument& argument : arguments) {
      const std::string_view slot = index_.name(argument.slot);
      if (slot != value.kind->operand && slot != value.kind->output) pass_->state_.emplace(index_.name(argument.name));
    }
  }
}

// Removes the ops of a value that nobody needs any more, and puts into the lists of control ops what bodies read now.
void FreezePass::Rewriter::Dissolve(const QuantizedValue& value) {
  const bool dissolves = plan_.Dissolves(value);
  const bool keeps_integers = plan_.HasSite(value) && !plan_.IsWeight(value);
  std::vector<std::string> listed;
  if (!dissolves) listed.push_back(NameOf(value.rounded));
  if (keeps_integers) {
    listed.push_back(NameOf(value.integers));
    listed.push_back(NameOf(value.scale));
  }
  for (const OpId reader : uses_.readers(value.rounded)) {
    if (const ControlOp* control = FindControlOp(index_.type(reader))) {
      rewrites_.ReplaceInput(reader, control->inputs, NameOf(value.rounded), listed);
    }
  }
  if (!dissolves) return;
  context_.main->edits.RemoveOp(value.dequantize);
  rewrites_.Forget(value.dequantize);
  if (plan_.LosesQuantize(value)) RemoveQuantize(value);
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
