#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/uses.h"
#include "analysis/weights.h"
#include "base/escape.h"
#include "base/nearest.h"
#include "check/rules.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/tensor_ops.h"
#include "quantize/inference/inference_passes.h"
#include "quantize/refusals.h"
#include "quantize/targets/target_rules.h"
#include "quantize/transpile/transpiler.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// To look for the nearest name takes time, and nobody reads that many.
constexpr size_t kMostWithNearest = 20;
constexpr size_t kSuggested = 2;
constexpr char kTraining[] = "a training program can't be quantized: it has a backward or an optimizer";

VarId VarOf(const Index& index, const ReportOperand& operand) {
  return index.Lookup(static_cast<size_t>(operand.block), index.names().Find(operand.variable));
}

// Chains of ops that are longer are not followed to their end: nothing recurses deeply.
constexpr uint32_t kDeepest = 64;

// Which variables are 0 however a program runs: the states that recurrent cells begin with, and what is made of them.
class ZeroValues {
 public:
  // Both have to outlive it. `is_zero` says of a parameter whether it holds nothing but zeros.
  ZeroValues(const Index& index, const Uses& uses, std::function<bool(VarId)> is_zero)
      : index_(index), uses_(uses), is_zero_(std::move(is_zero)) {}

  // As far as the ops that write it tell. False where in doubt.
  bool AreAllZero(VarId var);

 private:
  bool FollowsFromZeros(VarId var, uint32_t depth);

  const Index& index_;
  const Uses& uses_;
  std::function<bool(VarId)> is_zero_;
  std::unordered_map<VarId, bool> known_;
};

bool ZeroValues::AreAllZero(VarId var) { return FollowsFromZeros(var, 0); }

bool ZeroValues::FollowsFromZeros(VarId var, uint32_t depth) {
  if (var == kNoVar || depth == kDeepest) return false;
  if (const auto found = known_.find(var); found != known_.end()) return found->second;
  known_[var] = false;  // what a loop carries is in doubt
  const auto writers = uses_.writers(var);
  if (index_.persistable(var)) return known_[var] = writers.empty() && is_zero_(var);
  const bool zero = !writers.empty() && std::all_of(writers.begin(), writers.end(), [&](OpId op) {
    if (FillsWithZeros(index_, op)) return true;
    const std::string_view type = index_.type(op);
    if (MovesZeros(type)) {
      const VarId x = index_.InputVar(op, slots::kX);
      return FollowsFromZeros(x == kNoVar ? index_.InputVar(op, slots::kInput) : x, depth + 1);
    }
    if (!MultipliesByZeros(type)) return false;
    const auto inputs = index_.inputs(op);
    return std::any_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
      return FollowsFromZeros(index_.Lookup(index_.program().BlockOfOp(op), argument.name), depth + 1);
    });
  });
  known_[var] = zero;
  return zero;
}

// Finds the value of each scale: that of an activation was given, that of a weight tell its values.
class ScaleValues {
 public:
  ScaleValues(const Index& index, const ScalesFile& given, ParameterValues* parameters, Findings* findings)
      : index_(index),
        given_(given),
        parameters_(parameters),
        findings_(findings),
        uses_(index),
        zeros_(index, uses_, [this](VarId var) { return IsZeroParameter(var); }) {}

  // What is wrong is in the findings.
  std::vector<float> Of(const TranspileReport::Pair& pair, size_t count) {
    if (pair.is_weight) return OfWeight(pair, count);
    return std::vector<float>(count, OfActivation(pair));
  }

 private:
  // A weight is its parameter, or what ops that keep its elements make of that.
  struct WeightSource {
    VarId parameter = kNoVar;
    std::optional<int32_t> axis;  // nothing where the parameter has no axis that is the weight's
  };

  bool IsZeroParameter(VarId var) {
    const Result<std::vector<float>> largest = parameters_->MaxAbs(index_.name(index_.var_name(var)), kWholeTensor);
    return largest.ok() && largest->front() == 0;
  }

  // 0 is what a calibration finds for what is always 0. Anything else would be rounded to 0 for good.
  float OfActivation(const TranspileReport::Pair& pair) {
    const float threshold = given_.Find(pair.first_reader.variable).value_or(0);
    if (threshold > 0) return threshold;
    if (!zeros_.AreAllZero(VarOf(index_, pair.first_reader))) {
      findings_->Error("scale-value", PlaceOf(pair.first_reader),
                       "its scale is 0: a threshold is a number above 0, and nothing in the program says that it is "
                       "always 0",
                       "calibrate with inputs that reach it, or leave it out: the op stays in float then");
    }
    return kTinyScale;
  }

  std::vector<float> OfWeight(const TranspileReport::Pair& pair, size_t count) {
    const WeightSource source = SourceOf(VarOf(index_, pair.first_reader), pair.axis);
    const auto fail = [&](const std::string& text) {
      findings_->Error("parameter", PlaceOf(pair.first_reader), text);
      return std::vector<float>(count, kTinyScale);
    };
    if (source.parameter == kNoVar) return fail("the weight is made of no parameter, so its scale can't be told");
    const std::string_view name = index_.name(index_.var_name(source.parameter));
    Result<std::vector<float>> largest = parameters_->MaxAbs(name, source.axis.value_or(kWholeTensor));
    if (!largest.ok()) return fail(largest.status().message());
    if (largest->size() == 1) largest->resize(count, largest->front());
    for (float& scale : *largest) scale = std::max(scale, kTinyScale);
    return std::move(*largest);
  }

  WeightSource SourceOf(VarId var, int32_t axis) const {
    WeightSource source = {var, axis};
    for (int followed = 0; source.parameter != kNoVar && !index_.persistable(source.parameter); ++followed) {
      if (followed == kLongestChain) return {};
      const auto writers = uses_.writers(source.parameter);
      if (writers.size() != 1 || !KeepsElements(index_.type(writers[0]))) return {};
      if (source.axis) source.axis = AxisBefore(index_, writers[0], *source.axis);
      source.parameter = index_.InputVar(writers[0], slots::kX);
    }
    return source;
  }

  const Index& index_;
  const ScalesFile& given_;
  ParameterValues* parameters_;
  Findings* findings_;
  Uses uses_;
  ZeroValues zeros_;
};

uint64_t WeightBytes(const Index& index, const Parameters& parameters, OpId op, const QuantizableOp& row) {
  uint64_t bytes = 0;
  for (const QuantizableOperand& operand : row.operands()) {
    const VarId var = index.InputVar(op, operand.slot);
    const auto tensor =
        var != kNoVar && parameters.IsParameter(var) ? index.program().var(var).lod_tensor() : std::nullopt;
    if (tensor) bytes += DataBytes(tensor->data_type, tensor->dims).value_or(0);
  }
  return bytes;
}

std::vector<OpOutcome> OpsOf(const Index& index, const TranspileReport& report) {
  const Parameters parameters(index, nullptr);
  std::vector<OpOutcome> ops;
  for (const TranspileReport::Op& op : report.ops) {
    const QuantizableOp* row = FindQuantizable(index.type(op.op));
    ops.push_back({PlaceOfOp(index, op.op), op.quantized, op.why, row != nullptr,
                   row == nullptr ? 0 : MultiplyAdds(index, op.op, *row),
                   row == nullptr ? 0 : WeightBytes(index, parameters, op.op, *row)});
  }
  return ops;
}

}  // namespace

// A name that the program hasn't is misspelled, or the scales are another model's.
void QuantizePass::WarnOfUnknownNames(const Index& index, Findings* findings) const {
  std::vector<bool> declared(index.names().size());
  std::vector<std::string_view> names;
  for (VarId var = 0; var < index.program().var_count(); ++var) {
    const NameId name = index.var_name(var);
    if (!declared[name]) names.push_back(index.name(name));
    declared[name] = true;
  }
  size_t unknown = 0;
  for (const ScalesFile::Entry& entry : options_.scales->entries()) {
    const NameId name = index.names().Find(entry.name);
    if (name != kNoName && declared[name]) continue;
    const std::string nearest =
        ++unknown <= kMostWithNearest ? SayNearest(NearestNames(entry.name, names, kSuggested)) : "";
    findings->Warning("unknown-scale", {}, "the program has no variable " + Quote(entry.name) + nearest,
                      "the scales may be those of another model");
  }
}

void QuantizePass::RequireAllScales(const PassContext& context) const {
  for (const TranspileReport::Op& op : report_.ops) {
    if (!op.lacks_scale) continue;
    context.findings->Error("missing-scale", PlaceOfOp(context.main->index, op.op), op.why,
                            "observe it, or keep the op in float with --skip");
  }
}

// What transpile starts with is what training changes: the scales get their values here.
void QuantizePass::PlanScales(const PassContext& context) {
  ScaleValues scales(context.main->index, *options_.scales, values_, context.findings);
  std::map<std::string_view, const TranspileReport::Pair*> pair_of;
  for (const TranspileReport::Pair& pair : report_.pairs) pair_of[pair.names.scale] = &pair;
  for (const TranspileReport::Initialization& made : report_.initializations) {
    const auto count = static_cast<size_t>(made.size);
    // The declared shape of what ops make of a parameter is compared with nothing.
    if (count > kMostChannels) {
      context.findings->Error(
          "parameter", PlaceOfVariable(made.variable),
          "the program declares " + std::to_string(count) + " channels, more than " + std::to_string(kMostChannels));
      continue;
    }
    std::vector<float> values(count, made.value);
    if (const auto pair = pair_of.find(made.variable); pair != pair_of.end()) values = scales.Of(*pair->second, count);
    plans_[made.variable] = ConstantPlan(std::move(values), made.data_type == proto::VarType::INT32);
  }
}

Result<Outcome> QuantizePass::Run(const PassContext& context) {
  report_ = {};
  plans_.clear();
  RefuseQuantized(context.main->index, "quantize the float model", context.findings);
  if (context.findings->has_errors()) return BadInput("the model is quantized already");
  if (RefuseTraining(context.main->index, kTraining, kSaveForInference, context.findings))
    return BadInput("it is a training program");
  WarnOfUnknownNames(context.main->index, context.findings);
  if (target_)
    options_.rules = WithRulesOfTarget(context.main->index, *target_, options_.form, values_, *options_.scales,
                                       std::move(options_.rules));
  Transpiler(context, options_, &report_).Run();
  ops_ = OpsOf(context.main->index, report_);
  if (strict_) RequireAllScales(context);
  PlanScales(context);
  if (context.findings->has_errors()) return BadInput("the model can't be quantized");
  return report_.changed() ? Outcome::kChanged : Outcome::kUnchanged;
}

}  // namespace pdquant
