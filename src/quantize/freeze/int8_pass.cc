#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/weight_only.h"
#include "pdquant/framework.pb.h"
#include "quantize/freeze/frozen_products.h"
#include "quantize/freeze/model_passes.h"
#include "quantize/pass_run.h"
#include "quantize/refusals.h"
#include "quantize/unique_names.h"

namespace pdquant {

class Int8Pass::Rewriter : private PassRun<Int8Pass> {
 public:
  Rewriter(const PassContext& context, Int8Pass* pass)
      : PassRun(context, pass), values_(index_, uses_), names_(index_) {}

  bool Run() {
    ReportOtherForm(index_, values_.unpaired(), "foreign-quantization", "int8", context_.findings);
    if (context_.findings->has_errors()) return false;
    CollectWeights();
    if (weights_.empty()) return ReportNoWeights();
    for (const auto& [weight, step] : weights_) Convert(weight, step);
    rewrites_.Queue(&context_.main->edits);
    return !context_.findings->has_errors();
  }

 private:
  void CollectWeights() {
    for (const IntegerProduct& product : values_.products()) {
      frozen_.insert(product.op);
      const std::vector<WeightStep> steps = StepsOfWeights(index_, product, pass_->values_);
      size_t weight = 0;
      for (const IntegerProduct::Operand& operand : product.operands) {
        if (operand.quantize == kNoOp) weights_.try_emplace(operand.parameter, steps[weight++]);
      }
    }
  }

  // Returns whether there is nothing to store, so that all is well.
  bool ReportNoWeights() {
    const auto& values = values_.values();
    const auto stored = std::find_if(values.begin(), values.end(), [](const auto& v) { return v.is_stored(); });
    if (!values_.products().empty() || stored != values.end()) {
      const char* text = "the frozen ops have quantized activations only: no weight is to be stored";
      if (stored != values.end()) {
        text = stored->kind->linear() ? "the program is of the linear form, whose weights are stored as they are to be"
                                      : "the integers of the weights are scaled back in front of their ops, by an op "
                                        "that reads float32: they stay as they are";
      }
      context_.findings->Note("no-weights", {}, text);
      return true;
    }
    if (!WeightOnlyOps(index_).empty()) {
      context_.findings->Note("no-weights", {}, "the weights are stored as integers already (weight-only)");
      return true;
    }
    context_.findings->Error("not-frozen", {}, "no op of the program reads a frozen weight",
                             values.empty() ? "the program has no quantize ops: transpile, train and freeze it first"
                                            : "freeze the trained simulation first");
    return false;
  }

  // Whether the op may read the weight as integers of another type.
  bool IsIntegerReader(OpId op, VarId weight) const { return frozen_.contains(op) || uses_.OnlyLists(op, weight); }

  // The bits in which the integers of a weight are to be stored; 0 where it stays as it is, or is refused.
  int32_t BitsFor(VarId weight) {
    const std::string name = index_.NameOf(weight);
    const auto tensor = index_.program().var(weight).lod_tensor();
    if (!tensor || tensor->data_type != proto::VarType::FP32) {
      context_.findings->Error("not-frozen", PlaceOfVariable(name), "the weight is not float32",
                               "int8 takes the output of freeze, once");
      return 0;
    }
    const Result<bool> integers = pass_->values_->AllIntegers(name);
    const Result<std::vector<float>> largest = pass_->values_->MaxAbs(name, kWholeTensor);
    if (!integers.ok() || !largest.ok()) {
      context_.findings->Error("parameter", PlaceOfVariable(name),
                               (integers.ok() ? largest.status() : integers.status()).message());
      return 0;
    }
    if (!*integers || (*largest)[0] > static_cast<float>(MaxInteger(16))) {
      context_.findings->Warning("float-weight", PlaceOfVariable(name),
                                 "the values are no integers of up to 16 bits: the weight stays float32");
      return 0;
    }
    const auto readers = uses_.readers(weight);
    const auto other =
        std::find_if(readers.begin(), readers.end(), [&](OpId op) { return !IsIntegerReader(op, weight); });
    if (other != readers.end()) {
      context_.findings->Warning("float-weight", PlaceOfVariable(name),
                                 ToString(PlaceOfOp(index_, *other)) + " reads it in float: the weight stays float32");
      return 0;
    }
    return (*largest)[0] <= static_cast<float>(MaxInteger(8)) ? 8 : 16;
  }

  void Convert(VarId weight, const WeightStep& step) {
    const int32_t bits = BitsFor(weight);
    if (bits == 0) return;
    const std::string name = index_.NameOf(weight);
    const std::string new_name = names_.New(name + std::string(IntegerSuffix(bits)));
    context_.main->edits.ReplaceVar(weight, RetypeTensorVar(index_.program().var(weight), new_name,
                                                            bits == 8 ? proto::VarType::INT8 : proto::VarType::INT16));
    for (const OpId reader : uses_.readers(weight)) rewrites_.ReplaceInput(reader, "", name, {new_name});
    ParameterPlan plan;
    plan.how = ParameterPlan::How::kToInteger;
    plan.source = name;
    plan.bits = bits;
    const Result<Scales> scales = ScalesOfStep(index_, step, pass_->values_);  // for the report alone
    if (scales.ok()) plan.scales = *scales;
    if (scales.ok()) plan.max_range = step.max_range;
    pass_->plans_[new_name] = plan;
  }

  QuantizedValues values_;
  UniqueNames names_;
  std::set<OpId> frozen_;
  std::map<VarId, WeightStep> weights_;
};

Result<Outcome> Int8Pass::Run(const PassContext& context) {
  plans_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the weights can't be stored as integers");
  return plans_.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
