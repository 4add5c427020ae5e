#include "quantize/freeze/freeze_pass.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/control_ops.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "pdquant/framework.pb.h"
#include "quantize/forms/op_templates.h"
#include "quantize/freeze/frozen_ops.h"
#include "quantize/freeze/trained_scale.h"
#include "quantize/unique_names.h"

namespace pdquant {
namespace {

constexpr size_t kTooManyTrainingOps = 3;  // findings enough to see what is meant

// Up to here kernels take a scale for 0, since they guard their division, and max_range would leave float32.
constexpr float kSmallestScale = 4e-30F;

// One fake_dequantize_max_abs behind a frozen op.
struct ScalingStep {
  std::string scale;
  float max_range;
};

// A parameter as integers: what its pairs have in common.
struct WeightKey {
  VarId source;
  const ScaleKind* scale_kind;
  int32_t bits;
  VarId scale;                                         // of a trained one; kNoVar for abs_max
  auto operator<=>(const WeightKey&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

struct Weight {
  std::string integers;    // the parameter that holds them
  std::string scale_name;  // a parameter with the scale; made where an op needs it
  Scales scales;
  std::vector<const FakePair*> pairs;
};

// Returns whether there was one.
bool ReplaceTinyScales(Scales* scales) {
  bool found = false;
  for (float& scale : scales->values) {
    if (scale > kSmallestScale) continue;
    scale = kTinyScale;
    found = true;
  }
  return found;
}

}  // namespace

class FreezePass::Rewriter {
 public:
  Rewriter(const PassContext& context, FreezePass* pass)
      : context_(context),
        pass_(pass),
        index_(context.main->index),
        uses_(index_),
        pairs_(index_, uses_),
        plan_(index_, uses_, pairs_),
        names_(index_),
        rewrites_(index_.program()) {}

  bool Run() {
    if (!RefuseUnfit()) return false;
    for (const FakePair& pair : pairs_.pairs()) {
      CheckType(pair);
      CheckScale(pair);
    }
    for (const FreezeSite& site : plan_.sites()) CollectWeights(site);
    for (auto& [key, weight] : weights_) PlanWeight(key, &weight);
    if (context_.findings->has_errors()) return false;
    for (const FreezeSite& site : plan_.sites()) RewriteSite(site);
    for (const FakePair& pair : pairs_.pairs()) Dissolve(pair);
    rewrites_.Queue(&context_.main->edits);
    for (const KeptSite& kept : plan_.kept()) pass_->kept_.push_back({PlaceOfOp(index_, kept.op), kept.why});
    pass_->frozen_ops_ = plan_.sites().size();
    return true;
  }

 private:
  bool RefuseUnfit();
  void CheckType(const FakePair& pair);
  void CheckScale(const FakePair& pair);
  void CollectWeights(const FreezeSite& site);
  void PlanWeight(const WeightKey& key, Weight* weight);
  std::optional<Scales> ScalesOf(const WeightKey& key);
  void List(const std::string& parameter, OpId reader);
  void RewriteSite(const FreezeSite& site);
  std::vector<ScalingStep> StepsOf(const FreezeSite& site);
  void InsertSteps(const FreezeSite& site, const std::vector<ScalingStep>& steps);
  bool CanRename(const FreezeSite& site) const;
  void Dissolve(const FakePair& pair);
  void RemoveQuantize(const FakePair& pair);
  std::string ScaleParameter(Weight* weight);
  std::string AddParameterLike(VarId var, const std::string& name, bool reuse, int64_t size);

  static WeightKey KeyOf(const FakePair& pair) {
    return {pair.source, pair.scale_kind, pair.bits, pair.scale_kind->dynamic ? kNoVar : pair.scale};
  }
  std::string NameOf(VarId var) const { return std::string(index_.name(index_.var_name(var))); }

  const PassContext& context_;
  FreezePass* pass_;
  const Index& index_;
  Uses uses_;
  FakePairs pairs_;
  FreezePlan plan_;
  UniqueNames names_;
  OpRewrites rewrites_;
  std::map<WeightKey, Weight> weights_;
  std::map<VarId, float> trained_;          // static scales
  std::map<VarId, int> kinds_of_integers_;  // by parameter: in how many ways sites quantize it
};

bool FreezePass::Rewriter::RefuseUnfit() {
  size_t training = 0;
  for (OpId op = 0; op < index_.program().op_count(); ++op) {
    if (!IsTrainingPart(PartOf(index_, op))) continue;
    if (++training > kTooManyTrainingOps) break;
    context_.findings->Error(
        "training-program", PlaceOfOp(index_, op),
        "a training program can't be frozen: it has a backward or an optimizer",
        "save the trained program for inference first (save_inference_model of its clone(for_test=True))");
  }
  if (training != 0) return false;
  if (const auto frozen = FindFrozenOps(index_, uses_); !frozen.empty()) {
    context_.findings->Error("already-frozen", PlaceOfOp(index_, frozen[0].op),
                             "the op computes on integers: the program is frozen already",
                             "freeze takes the simulated program");
    return false;
  }
  for (const OpId op : pairs_.others()) {
    context_.findings->Error("foreign-quantization", PlaceOfOp(index_, op),
                             "a quantize or dequantize op without its partner, or of a kind that QuantizeTranspiler "
                             "doesn't write: the program was quantized by something else",
                             "freeze takes what transpile wrote");
  }
  if (pairs_.others().empty() && pairs_.pairs().empty()) {
    context_.findings->Error("not-simulated", {}, "the program has no quantize ops", "transpile and train it first");
  }
  return !context_.findings->has_errors();
}

// A parameter that is quantized has to be FP32: no kernel of Paddle's quantizes another.
void FreezePass::Rewriter::CheckType(const FakePair& pair) {
  if (!index_.persistable(pair.source) || !uses_.writers(pair.source).empty() || plan_.IsWeight(pair)) return;
  Place place = PlaceOfOp(index_, pair.quantize);
  place.variable = NameOf(pair.source);
  const auto tensor = index_.program().var(pair.source).lod_tensor();
  context_.findings->Error("weight-type", place,
                           "the weight is " + (tensor ? DescribeTensor(tensor->data_type, tensor->dims) : "no tensor") +
                               "; only FP32 is quantized",
                           "export the program in float32");
}

// A scale that is used as it stands has to be a trained one.
void FreezePass::Rewriter::CheckScale(const FakePair& pair) {
  if (pair.scale_kind->dynamic) return;
  if (plan_.IsWeight(pair)) {  // the scale of a weight of zeros may stay as it starts
    const Result<std::vector<float>> largest = pass_->values_->MaxAbs(NameOf(pair.source), kWholeTensor);
    if (largest.ok() && (*largest)[0] == 0) return;
  }
  const Result<float> scale = ReadTrainedScale(index_, pair, pass_->values_, context_.findings);
  if (!scale.ok()) return;
  trained_[pair.scale] = *scale;
  if (*scale > kSmallestScale) return;
  Place place = PlaceOfOp(index_, pair.quantize);
  place.variable = NameOf(pair.scale);
  context_.findings->Warning(
      "zero-scale", place,
      "the scale is 0, or next to it: what it belongs to was always so in training; 1e-8 is written in its place");
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kConstant;
  plan.scales.values = {kTinyScale};
  plan.is_weight = false;
  pass_->plans_[NameOf(pair.scale)] = plan;
}

void FreezePass::Rewriter::CollectWeights(const FreezeSite& site) {
  for (const FrozenOperand& operand : site.operands) {
    if (!operand.is_weight) continue;
    const auto [entry, added] = weights_.try_emplace(KeyOf(*operand.pair));
    if (added) ++kinds_of_integers_[operand.pair->source];
    auto& pairs = entry->second.pairs;
    if (std::find(pairs.begin(), pairs.end(), operand.pair) == pairs.end()) pairs.push_back(operand.pair);
  }
}

std::optional<Scales> FreezePass::Rewriter::ScalesOf(const WeightKey& key) {
  const std::string name = NameOf(key.source);
  const Result<std::vector<float>> largest = pass_->values_->MaxAbs(name, kWholeTensor);
  if (!largest.ok()) {
    Place place;
    place.variable = name;
    context_.findings->Error("parameter", place, largest.status().message());
    return std::nullopt;
  }
  if (key.scale_kind->dynamic || (*largest)[0] == 0) return Scales{*largest};
  const auto trained = trained_.find(key.scale);  // else CheckScale has said what is wrong
  return trained == trained_.end() ? std::nullopt : std::optional(Scales{{trained->second}});
}

void FreezePass::Rewriter::PlanWeight(const WeightKey& key, Weight* weight) {
  const auto scales = ScalesOf(key);
  if (!scales) return;
  weight->scales = *scales;
  const std::string source = NameOf(key.source);
  if (ReplaceTinyScales(&weight->scales)) {
    Place place;
    place.variable = source;
    context_.findings->Warning("zero-scale", place,
                               "all values of the weight are 0, or next to it, or its scale is: 1e-8 is written in the "
                               "scale's place");
  }
  const bool dissolve =
      std::all_of(weight->pairs.begin(), weight->pairs.end(), [&](const FakePair* p) { return plan_.Dissolves(*p); });
  if (dissolve && kinds_of_integers_[key.source] == 1 && !plan_.HasFloatReader(key.source)) {
    weight->integers = source;
  } else {
    // Somebody goes on reading the parameter in float, or it is quantized in several ways: the integers get a parameter
    // of their own.
    const FakePair& first = *weight->pairs[0];
    weight->integers = AddParameterLike(first.quantized, source + ".quantized", plan_.Dissolves(first), 0);
    Place place;
    place.variable = source;
    context_.findings->Note("shared-weight", place,
                            "the weight is read in float, too, or quantized in several ways: its integers are in " +
                                Quote(weight->integers));
  }
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kQuantize;
  plan.source = source;
  plan.bits = key.bits;
  plan.scales = weight->scales;
  pass_->plans_[weight->integers] = plan;
}

// A persistable variable of block 0: `var` itself where it is free and stands there, else a new one. Of the type of
// `var`, or where `size` is not 0, of shape [size].
std::string FreezePass::Rewriter::AddParameterLike(VarId var, const std::string& name, bool reuse, int64_t size) {
  const bool in_main = index_.program().BlockOfVar(var) == 0;
  std::string chosen = reuse && in_main ? NameOf(var) : names_.New(name);
  const std::string type = index_.program().var(var).type_fields();
  const std::string message =
      size != 0 ? EncodeTensorVar(chosen, proto::VarType::FP32, size, true) : EncodeVarOfType(chosen, type, true);
  if (reuse && in_main) {
    context_.main->edits.ReplaceVar(var, message);
  } else {
    context_.main->edits.AddVar(0, message);
  }
  return chosen;
}

// The parameter that holds a weight's scale, for an op without a quantized activation.
std::string FreezePass::Rewriter::ScaleParameter(Weight* weight) {
  if (!weight->scale_name.empty()) return weight->scale_name;
  const FakePair& first = *weight->pairs[0];
  const bool reuse = plan_.Dissolves(first) && !index_.persistable(first.scale);
  weight->scale_name = AddParameterLike(first.scale, NameOf(first.source) + ".scale", reuse, 1);
  ParameterPlan plan;
  plan.how = ParameterPlan::How::kConstant;
  plan.scales.values = weight->scales.values;
  plan.is_weight = false;
  pass_->plans_[weight->scale_name] = plan;
  return weight->scale_name;
}

std::vector<ScalingStep> FreezePass::Rewriter::StepsOf(const FreezeSite& site) {
  std::vector<ScalingStep> steps;
  for (const FrozenOperand& operand : site.operands) {
    if (!operand.is_weight)
      steps.push_back({NameOf(operand.pair->scale), static_cast<float>(MaxInteger(operand.pair->bits))});
  }
  const bool has_activation = !steps.empty();
  for (const FrozenOperand& operand : site.operands) {
    if (!operand.is_weight) continue;
    Weight& weight = weights_[KeyOf(*operand.pair)];
    const auto r = static_cast<double>(MaxInteger(operand.pair->bits));
    if (has_activation) {
      steps[0].max_range = static_cast<float>(r * static_cast<double>(steps[0].max_range) /
                                              static_cast<double>(weight.scales.values[0]));
    } else {
      steps.push_back({ScaleParameter(&weight), static_cast<float>(r)});
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
    std::string chosen = names_.New(name);
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
    const std::string from = NameOf(operand.pair->dequantized);
    if (!operand.is_weight) {
      rewrites_.ReplaceInput(site.op, index_.name(operand.slot), from, {NameOf(operand.pair->quantized)});
      continue;
    }
    const Weight& weight = weights_[KeyOf(*operand.pair)];
    rewrites_.ReplaceInput(site.op, index_.name(operand.slot), from, {weight.integers});
    List(weight.integers, site.op);
    if (!weight.scale_name.empty()) List(weight.scale_name, site.op);
  }
}

void FreezePass::Rewriter::RemoveQuantize(const FakePair& pair) {
  context_.main->edits.RemoveOp(pair.quantize);
  rewrites_.Forget(pair.quantize);
  for (const auto arguments : {index_.inputs(pair.quantize), index_.outputs(pair.quantize)}) {
    for (const Argument& argument : arguments) {
      const std::string_view slot = index_.name(argument.slot);
      if (slot != slots::kX && slot != slots::kOut) pass_->state_.emplace(index_.name(argument.name));
    }
  }
}

// Removes the ops of a pair that nobody needs any more, and puts into the lists of control ops what bodies read now.
void FreezePass::Rewriter::Dissolve(const FakePair& pair) {
  const bool dissolves = plan_.Dissolves(pair);
  const auto readers = uses_.readers(pair.dequantized);
  const bool has_site = std::any_of(readers.begin(), readers.end(), [&](OpId op) { return plan_.IsSite(op); });
  const bool weight = plan_.IsWeight(pair);
  std::vector<std::string> listed;
  if (!dissolves) listed.push_back(NameOf(pair.dequantized));
  if (has_site && !weight) {
    listed.push_back(NameOf(pair.quantized));
    listed.push_back(NameOf(pair.scale));
  }
  for (const OpId reader : readers) {
    if (const ControlOp* control = FindControlOp(index_.type(reader))) {
      rewrites_.ReplaceInput(reader, control->inputs, NameOf(pair.dequantized), listed);
    }
  }
  if (!dissolves) return;
  context_.main->edits.RemoveOp(pair.dequantize);
  rewrites_.Forget(pair.dequantize);
  if (has_site && !weight) return;
  RemoveQuantize(pair);
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
