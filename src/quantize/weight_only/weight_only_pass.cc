#include "quantize/weight_only/weight_only_pass.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/weight_only.h"
#include "pdquant/framework.pb.h"
#include "quantize/model_writer.h"
#include "quantize/pass_run.h"
#include "quantize/refusals.h"
#include "quantize/selection.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

constexpr int32_t kByte = 8;
constexpr int32_t kTwoBytes = 16;

// An op whose weight is stored.
struct StoredOp {
  OpId op = kNoOp;
  std::string_view slot;
  VarId weight = kNoVar;
  int32_t bits = kByte;
  int32_t axis = kWholeTensor;
  bool becomes_mul = false;
};

bool IsStorable(const QuantizableOp& row) { return ScalesWeightsBack(row.type) || IsMatrixProduct(row.type); }

}  // namespace

class WeightOnlyPass::Rewriter : private PassRun<WeightOnlyPass> {
 public:
  Rewriter(const PassContext& context, WeightOnlyPass* pass)
      : PassRun(context, pass),
        writer_(index_, &context.main->edits, &rewrites_, &pass->plans_),
        selection_(index_, nullptr, Settings(pass->options_), {}, QuantizationForm::kLegacy, pass->options_.rules) {}

  bool Run() {
    RefuseQuantized(index_, "take the float model", context_.findings);
    RefuseTraining(index_, "the weights of a training program change: only those of a model are stored as integers",
                   "save the trained program for inference first (save_inference_model)", context_.findings);
    if (context_.findings->has_errors()) return false;
    for (OpId op = 0; op < index_.program().op_count(); ++op) Visit(op);
    WarnOfUnmetRules(index_, selection_, context_.findings);
    for (const StoredOp& stored : stored_) ++ops_of_[stored.weight];
    for (const StoredOp& stored : stored_) Store(stored);
    rewrites_.Queue(&context_.main->edits);
    pass_->stored_ops_ = stored_.size();
    return !context_.findings->has_errors();
  }

 private:
  static OperandSettings Settings(const WeightOnlyOptions& options) {
    return {options.bits, &ScaleOfStep(QuantizationForm::kLegacy, options.per_channel)};
  }

  void Keep(OpId op, std::string why) { pass_->kept_.push_back({PlaceOfOp(index_, op), std::move(why)}); }

  void Visit(OpId op) {
    const QuantizableOp* row = selection_.OfForward(op);
    if (row == nullptr) return;
    const OpChoice choice = selection_.ChooseOp(op, *row);
    const QuantizableOperand* operand = WeightOperand(op, *row);
    if (operand == nullptr) {
      if (choice.quantized || IsConvolution(row->type))
        Keep(op, "it reads no weight that is a parameter itself, which alone can be stored");
      return;
    }
    if (!choice.quantized) return Keep(op, choice.why);
    StoredOp stored = {op, operand->slot, index_.InputVar(op, operand->slot)};
    if (std::string why = WhyNot(op, *row, *operand, &stored, choice); !why.empty()) return Keep(op, std::move(why));
    stored_.push_back(stored);
  }

  // The operand of the op that is a parameter which nothing writes, in the slot of weights.
  const QuantizableOperand* WeightOperand(OpId op, const QuantizableOp& row) const {
    for (const QuantizableOperand& operand : row.operands()) {
      const VarId var = index_.InputVar(op, operand.slot);
      if (var != kNoVar && IsWeightSlot(operand.slot) && index_.persistable(var) && uses_.writers(var).empty())
        return &operand;
    }
    return nullptr;
  }

  // Why the weight can't be stored; empty where it can, and `stored` says how.
  std::string WhyNot(OpId op, const QuantizableOp& row, const QuantizableOperand& operand, StoredOp* stored,
                     const OpChoice& choice) const {
    if (!IsStorable(row)) return "Paddle-Lite scales back the weights of conv2d, depthwise_conv2d and mul alone";
    stored->becomes_mul = !ScalesWeightsBack(row.type);
    if (stored->becomes_mul) {
      if (std::string why = WhyNotMul(index_, op); !why.empty())
        return why + ", and Paddle-Lite scales back no other product";
    }
    const OperandChoice weight = selection_.Choose(op, choice, stored->weight, operand);
    if (!weight.quantized) return "of its weight: " + weight.why;
    stored->bits = weight.bits;
    stored->axis = weight.axis;
    return "";
  }

  // Whether other ops read the weight as it is.
  bool HasFloatReader(VarId weight) const {
    size_t ops = 0;
    for (const OpId op : uses_.readers(weight)) ops += uses_.OnlyLists(op, weight) ? 0U : 1U;
    return ops != ops_of_.at(weight) || uses_.named_by_attribute(weight);
  }

  void Store(const StoredOp& stored) {
    const auto scales = ScalesOf(stored);
    if (!scales) return;
    const std::string source = index_.NameOf(stored.weight);
    const bool first = first_.emplace(stored.weight).second;
    const std::string name = first && !HasFloatReader(stored.weight) ? source : AddCopy(stored);
    ParameterPlan plan;
    plan.how = ParameterPlan::How::kQuantize;
    plan.source = source;
    plan.bits = stored.bits;
    plan.scales = *scales;
    plan.as_integers = true;
    pass_->plans_[name] = plan;
    SetAttributes(stored, name, *scales);
  }

  std::optional<Scales> ScalesOf(const StoredOp& stored) {
    const Place place = PlaceOfOp(index_, stored.op, "", index_.NameOf(stored.weight));
    Result<std::vector<float>> largest = pass_->values_->MaxAbs(place.variable, stored.axis);
    if (!largest.ok()) {
      context_.findings->Error("parameter", place, largest.status().message());
      return std::nullopt;
    }
    Scales scales = {std::move(*largest), stored.axis};
    if (ReplaceTinyScales(&scales)) {
      context_.findings->Warning("zero-scale", place,
                                 "all values of the weight, or of a channel of it, are 0, or next to it: 1e-8 is "
                                 "written in the place of its scale");
    }
    return scales;
  }

  // A parameter of the op's own, which the control ops around it list.
  std::string AddCopy(const StoredOp& stored) {
    const VarView weight = index_.program().var(stored.weight);
    const std::string source = index_.NameOf(stored.weight);
    std::string name = writer_.names()->New(source + ".quantized");
    context_.main->edits.AddVar(0, RetypeTensorVar(weight, name, proto::VarType::FP32));
    rewrites_.ReplaceInput(stored.op, stored.slot, source, {name});
    writer_.List(name, stored.op);
    context_.findings->Note("shared-weight", PlaceOfVariable(source),
                            "several ops read the weight: integers of one are in " + Quote(name));
    return name;
  }

  void SetAttributes(const StoredOp& stored, const std::string& name, const Scales& scales) {
    std::vector<float> steps;
    for (const float scale : scales.values) steps.push_back(scale / static_cast<float>(MaxInteger(stored.bits)));
    if (stored.becomes_mul) BecomeMul(stored.op);
    const bool channels = stored.axis != kWholeTensor;
    rewrites_.Set(stored.op, attributes::kQuantizationType,
                  std::string(channels ? attributes::kWeightChannels : attributes::kWeightAbsMax));
    rewrites_.Set(stored.op, attributes::kQuantizeWeightBits, stored.bits);
    rewrites_.Set(stored.op, StepsOfWeight(name), std::move(steps));
    rewrites_.Set(stored.op, attributes::kWithQuantAttr, true);
  }

  void BecomeMul(OpId op) {
    index_.program().op(op).ForEachAttr([&](const AttrView& attr) {
      if (!IsCommonAttribute(attr.name())) rewrites_.RemoveAttr(op, attr.name());
    });
    const size_t rank = index_.DimsOf(index_.InputVar(op, slots::kX)).size();
    rewrites_.SetType(op, op_types::kMul);
    rewrites_.Set(op, attributes::kColDims, static_cast<int32_t>(rank) - 1);
    rewrites_.Set(op, attributes::kColDimsOfY, int32_t{1});
  }

  ModelWriter writer_;
  OpSelection selection_;
  std::vector<StoredOp> stored_;
  std::map<VarId, size_t> ops_of_;  // by weight: how many ops it is stored for
  std::set<VarId> first_;           // weights that an op has got
};

Result<SelectionRules> RulesForWeightOnly(SelectionRules rules) {
  for (const SelectionRule& rule : rules) {
    if (rule.weight_bits != 0 && rule.weight_bits != kByte && rule.weight_bits != kTwoBytes)
      return UsageError(rule.origin + ": weights are stored with 8 or 16 bits, not " +
                        std::to_string(rule.weight_bits));
    if (rule.weight_quantize_type != nullptr && !rule.weight_quantize_type->of_step)
      return UsageError(rule.origin + ": the scale of a stored weight is its abs_max or its channel_wise_abs_max");
  }
  for (SelectionRule& rule : rules) {
    if (rule.request != RuleRequest::kByGroup) continue;
    rule.request = RuleRequest::kTypes;
    for (const QuantizableOp& row : QuantizableOps()) {
      if (IsStorable(row)) rule.types.push_back(FindQuantizable(row.type));
    }
  }
  return rules;
}

Result<Outcome> WeightOnlyPass::Run(const PassContext& context) {
  plans_.clear();
  kept_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the weights can't be stored as integers");
  return plans_.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
