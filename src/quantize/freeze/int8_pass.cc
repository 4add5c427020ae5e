#include "quantize/freeze/int8_pass.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "analysis/uses.h"
#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/control_ops.h"
#include "pdquant/framework.pb.h"
#include "quantize/freeze/frozen_ops.h"
#include "quantize/unique_names.h"

namespace pdquant {
namespace {

class Rewriter {
 public:
  Rewriter(const PassContext& context, ParameterValues* values, ParameterPlans* plans)
      : context_(context),
        values_(values),
        plans_(plans),
        index_(context.main->index),
        uses_(index_),
        names_(index_),
        rewrites_(index_.program()) {}

  bool Run() {
    for (const FrozenOp& frozen : FindFrozenOps(index_, uses_)) {
      frozen_.insert(frozen.op);
      size_t weight = 0;
      for (const FrozenOp::Operand& operand : frozen.operands) {
        if (operand.quantize == kNoOp) weights_.try_emplace(operand.var, StepOfWeight(index_, frozen, weight++));
      }
    }
    if (weights_.empty()) {
      context_.findings->Error("not-frozen", {}, "no op of the program reads a frozen weight",
                               "freeze the trained simulation first");
      return false;
    }
    for (const auto& [weight, step] : weights_) Convert(weight, step);
    rewrites_.Queue(&context_.main->edits);
    return !context_.findings->has_errors();
  }

 private:
  Place PlaceOf(VarId weight) const {
    Place place;
    place.variable = index_.name(index_.var_name(weight));
    return place;
  }

  // Whether the op may read the weight as integers of another type.
  bool IsIntegerReader(OpId op) const { return frozen_.contains(op) || FindControlOp(index_.type(op)) != nullptr; }

  void Convert(VarId weight, const WeightStep& step) {
    const VarView var = index_.program().var(weight);
    const std::string name(index_.name(index_.var_name(weight)));
    const auto tensor = var.lod_tensor();
    if (!tensor || tensor->data_type != proto::VarType::FP32) {
      context_.findings->Error("not-frozen", PlaceOf(weight), "the weight is not float32",
                               "int8 takes the output of freeze, once");
      return;
    }
    const Result<bool> integers = values_->AllIntegers(name);
    const Result<std::vector<float>> largest = values_->MaxAbs(name, kWholeTensor);
    if (!integers.ok() || !largest.ok()) {
      context_.findings->Error("parameter", PlaceOf(weight),
                               (integers.ok() ? largest.status() : integers.status()).message());
      return;
    }
    if (!*integers || (*largest)[0] > static_cast<float>(MaxInteger(16))) {
      context_.findings->Warning("float-weight", PlaceOf(weight),
                                 "the values are no integers of up to 16 bits: the weight stays float32");
      return;
    }
    const auto readers = uses_.readers(weight);
    const auto other = std::find_if(readers.begin(), readers.end(), [&](OpId op) { return !IsIntegerReader(op); });
    if (other != readers.end()) {
      context_.findings->Warning("float-weight", PlaceOf(weight),
                                 ToString(PlaceOfOp(index_, *other)) + " reads it in float: the weight stays float32");
      return;
    }
    const int32_t bits = (*largest)[0] <= static_cast<float>(MaxInteger(8)) ? 8 : 16;
    const std::string new_name = names_.New(name + (bits == 8 ? ".int8" : ".int16"));
    context_.main->edits.ReplaceVar(
        weight, RetypeTensorVar(var, new_name, bits == 8 ? proto::VarType::INT8 : proto::VarType::INT16));
    for (const OpId reader : readers) rewrites_.ReplaceInput(reader, "", name, {new_name});
    ParameterPlan plan;
    plan.how = ParameterPlan::How::kToInteger;
    plan.source = name;
    plan.bits = bits;
    const Result<Scales> scales = ScalesOfStep(index_, step, values_);  // for the report alone
    if (scales.ok()) plan.scales = *scales;
    if (scales.ok()) plan.max_range = step.max_range;
    (*plans_)[new_name] = plan;
  }

  const PassContext& context_;
  ParameterValues* values_;
  ParameterPlans* plans_;
  const Index& index_;
  Uses uses_;
  UniqueNames names_;
  OpRewrites rewrites_;
  std::set<OpId> frozen_;
  std::map<VarId, WeightStep> weights_;
};

}  // namespace

Result<Outcome> Int8Pass::Run(const PassContext& context) {
  plans_.clear();
  Rewriter rewriter(context, values_, &plans_);
  if (!rewriter.Run()) return BadInput("the weights can't be stored as integers");
  return plans_.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
