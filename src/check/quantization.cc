#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/control_flow.h"
#include "analysis/gradient_match.h"
#include "analysis/quantized_walk.h"
#include "base/escape.h"
#include "base/find_row.h"
#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr char kHint[] =
    "the rewrite that made it was cut short, or the program was edited: make it again from the float program";

class QuantizationRules {
 public:
  QuantizationRules(const Index& index, Findings* findings)
      : index_(index),
        findings_(findings),
        walk_(index),
        match_(index),
        runs_(BlocksThatRun(index)),
        weight_product_(index.program().var_count()),
        scaled_back_(index.names().size()) {}

  void Check() {
    while (walk_.Next()) {
      if (walk_.quantization() != nullptr) {
        CheckFakeOp();
      } else {
        CheckOp();
      }
      NoteWeightProducts();
      NoteScaledBack();
    }
    if (frozen_op_ != kNoOp) CheckNothingOfTraining();
  }

 private:
  // What a quantizable op, or its gradient, reads in its two slots.
  using Operands = std::array<HeldValue, kMostOperands>;

  OpId op() const { return walk_.op(); }

  void Error(std::string_view code, std::string part, NameId variable, std::string text) {
    Place place = PlaceOfOp(index_, op(), std::move(part), variable == kNoName ? "" : index_.name(variable));
    // What stands in a block that nothing runs can do no harm.
    const Level level = runs_[walk_.block()] ? Level::kError : Level::kNote;
    findings_->Add({code, level, std::move(place), std::move(text), kHint});
  }

  static std::string Input(std::string_view slot) { return "input " + Quote(slot); }

  VarId Lookup(NameId name) const { return name == kNoName ? kNoVar : index_.Lookup(walk_.block(), name); }

  void CheckFakeOp() {
    const QuantizationOp& fake = *walk_.quantization();
    const NameId operand = index_.Input(op(), fake.operand);
    if (operand == kNoName) return Error("quant-pair", Input(fake.operand), kNoName, "the op needs one operand");
    if (index_.Output(op(), fake.output) == kNoName) {
      return Error("quant-pair", "output " + Quote(fake.output), kNoName, "the op needs one result");
    }
    CheckScaleShapes(fake);
    if (walk_.Observes()) return;
    if (fake.role == QuantizationRole::kDequantize) {
      CheckDequantize(fake, operand);
    } else {
      CheckQuantize(fake, operand);
    }
  }

  void CheckQuantize(const QuantizationOp& fake, NameId operand) {
    const HeldValue& value = walk_.ValueOf(operand);
    if (value.kind == ValueKind::kProduct) ReportProduct(operand);
    const bool again =
        value.kind == ValueKind::kInteger || (value.kind == ValueKind::kRounded && MadeByQuantize(value));
    if (again && !fake.linear()) {
      Error("quant-twice", Input(fake.operand), operand,
            "quantizes what " + ToString(PlaceOfOp(index_, value.made_by)) + " quantized already");
    }
    if (!fake.scale.empty() && index_.Input(op(), fake.scale) == kNoName) {
      Error("quant-pair", Input(fake.scale), kNoName, "the op needs a scale");
    }
  }

  bool MadeByQuantize(const HeldValue& value) const {
    const QuantizationOp* maker = value.made_by == kNoOp ? nullptr : FindQuantizationOp(index_.type(value.made_by));
    return maker != nullptr && !maker->linear() && maker->role != QuantizationRole::kDequantize;
  }

  void NoteScaledBack() {
    const bool scales_back = index_.type(op()) == op_types::kDequantizeMaxAbs;
    for (const Argument& argument : index_.outputs(op())) scaled_back_[argument.name] = scales_back;
  }

  void CheckDequantize(const QuantizationOp& fake, NameId operand) {
    const HeldValue& value = walk_.ValueOf(operand);
    const VarId var = Lookup(operand);
    const bool stored = var != kNoVar && (index_.persistable(var) || weight_product_[var]);
    // A product of two activations, or of two weights, is scaled back twice, once by each scale.
    if (value.kind == ValueKind::kFloat && scaled_back_[operand]) return;
    if (value.kind == ValueKind::kRounded || (value.kind == ValueKind::kFloat && !stored && var != kNoVar)) {
      Error("quant-pair", Input(fake.operand), operand, "scales back a value that no op quantized");
    }
    if (fake.linear()) return;
    std::vector<VarId> scales;
    for (const Argument& argument : index_.inputs(op())) {
      if (index_.name(argument.slot) == fake.scale) scales.push_back(Lookup(argument.name));
    }
    if (scales.empty()) return Error("quant-pair", Input(fake.scale), kNoName, "the op needs a scale");
    if (value.kind == ValueKind::kInteger || value.kind == ValueKind::kProduct) CheckSameScale(fake, value, scales);
    if (value.kind == ValueKind::kInteger) CheckSameBits(value);
    CheckMaxRange();
  }

  // Of a product, one of the scales of what went in.
  void CheckSameScale(const QuantizationOp& fake, const HeldValue& value, const std::vector<VarId>& scales) {
    std::vector<VarId> allowed = {value.scale};
    if (value.kind == ValueKind::kProduct) {
      const auto more = scales_of_.find(value.made_by);
      if (more != scales_of_.end()) allowed = more->second;
    }
    const bool same = std::any_of(scales.begin(), scales.end(),
                                  [&](VarId scale) { return scale == kNoVar || Contains(allowed, scale); });
    if (same || value.scale == kNoVar) return;
    Error("quant-pair", Input(fake.scale), kNoName,
          "is not the scale with which the value was quantized, " + Quote(index_.name(index_.var_name(value.scale))));
  }

  void CheckSameBits(const HeldValue& value) {
    const auto range = index_.program().op(op()).attr(attributes::kMaxRange);
    const auto bits = index_.program().op(value.made_by).attr(attributes::kBitLength);
    if (!range || !bits || !range->AsFloat() || !bits->AsInt()) return;
    const int32_t length = std::clamp(*bits->AsInt(), 1, 30);
    const auto expected = static_cast<float>((1 << static_cast<uint32_t>(length - 1)) - 1);
    if (*range->AsFloat() == expected) return;
    Error("quant-pair", "attribute " + Quote(attributes::kMaxRange), kNoName,
          "isn't the " + std::to_string(static_cast<int64_t>(expected)) + " of the " + std::to_string(length) +
              " bits of " + ToString(PlaceOfOp(index_, value.made_by)));
  }

  void CheckMaxRange() {
    const auto range = index_.program().op(op()).attr(attributes::kMaxRange);
    if (!range || !range->AsFloat()) return;
    if (std::isfinite(*range->AsFloat()) && *range->AsFloat() > 0) return;
    Error("quant-scale", "attribute " + Quote(attributes::kMaxRange), kNoName,
          "has to be a finite number above 0: the results would be infinite, or no numbers");
  }

  // A scale is one value, or one for each channel.
  void CheckScaleShapes(const QuantizationOp& fake) {
    if (fake.per_channel || fake.linear()) return;
    const auto check = [&](NameId name, std::string_view slot, const char* word) {
      const VarId var = Lookup(name);
      if (var == kNoVar) return;
      const auto tensor = index_.program().var(var).lod_tensor();
      if (!tensor ||
          std::all_of(tensor->dims.begin(), tensor->dims.end(), [](int64_t dim) { return dim == 1 || dim == -1; }))
        return;
      Error("quant-scale", word + Quote(slot), name, "the scale of a whole tensor has to be of shape [1]");
    };
    check(index_.Input(op(), fake.scale), fake.scale, "input ");
    if (!fake.dynamic()) check(index_.Output(op(), fake.new_scale), fake.new_scale, "output ");
  }

  void ReportProduct(NameId name) {
    Error("quant-pair", "", name, "reads a product of integers that no op has scaled back");
  }

  void CheckOp() {
    if (walk_.RunsBlock() || index_.type(op()) == op_types::kShape) return;
    std::vector<VarId> scales;
    bool reported = false;
    for (const Argument& argument : index_.inputs(op())) {
      const HeldValue& value = walk_.ValueOf(argument.name);
      if (value.kind == ValueKind::kInteger) scales.push_back(value.scale);
      if (value.kind == ValueKind::kProduct && !reported) {
        ReportProduct(argument.name);
        reported = true;
      }
    }
    if (!scales.empty()) {
      if (IsFetch(index_.type(op())))
        return Error("quant-pair", "", kNoName, "fetches integers that no op has scaled back");
      frozen_op_ = std::min(frozen_op_, op());
      scales_of_.emplace(op(), std::move(scales));
    }
    if (const QuantizableOp* forward = FindQuantizable(index_.type(op()))) {
      NoteForward(*forward);
    } else if (const QuantizableOp* of_gradient = FindQuantizableOfFirstGradient(index_.type(op()))) {
      CheckBackward(*of_gradient);
    }
  }

  // A stored weight gives a product, too, with another one or with a float activation; nothing about it tells integers
  // from other floats.
  void NoteWeightProducts() {
    const auto inputs = index_.inputs(op());
    const bool constant = walk_.quantization() == nullptr && !inputs.empty() &&
                          FindQuantizable(index_.type(op())) != nullptr &&
                          std::any_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
                            const VarId var = Lookup(argument.name);
                            return var != kNoVar && index_.persistable(var);
                          });
    for (const Argument& argument : index_.outputs(op())) {
      const VarId var = Lookup(argument.name);
      if (var != kNoVar) weight_product_[var] = constant;
    }
  }

  // What the op reads in its quantizable slots.
  Operands OperandsOf(const QuantizableOp& type) const {
    Operands operands;
    for (size_t i = 0; i < type.operands().size(); ++i) {
      operands[i] = walk_.ValueOf(index_.Input(op(), type.operands()[i].slot));
    }
    return operands;
  }

  void NoteForward(const QuantizableOp& type) {
    match_.Add(static_cast<uint32_t>(walk_.block()), type, {op()});
    operands_of_[op()] = OperandsOf(type);
  }

  void CheckBackward(const QuantizableOp& type) {
    const OpId forward = match_.FindByOutput(static_cast<uint32_t>(walk_.block()), op(), type);
    if (forward == kNoOp) return;
    const Operands& forward_operands = operands_of_.at(forward);
    const Operands backward = OperandsOf(type);
    for (size_t i = 0; i < type.operands().size(); ++i) {
      const std::string_view slot = type.operands()[i].slot;
      const HeldValue& forward_value = forward_operands[i];
      const HeldValue& value = backward[i];
      const NameId name = index_.Input(op(), slot);
      if (name == kNoName || (forward_value.kind == value.kind && IsSame(forward_value.source, value.source))) continue;
      const bool quantized = forward_value.kind != ValueKind::kFloat;
      Error("quant-backward", Input(slot), name,
            ToString(PlaceOfOp(index_, forward)) +
                (quantized ? " reads the quantized form of another value, or of this one" : " reads the float value"));
    }
  }

  // Recompute reads copies of variables.
  bool IsSame(VarId a, VarId b) const {
    if (a == b) return true;
    if (a == kNoVar || b == kNoVar) return false;
    const auto base = [&](VarId var) { return VariableOfRecomputed(index_.name(index_.var_name(var))); };
    return base(a) == base(b);
  }

  void CheckNothingOfTraining() {
    const std::string frozen =
        "the program is frozen (" + ToString(PlaceOfOp(index_, frozen_op_)) + " computes with integers), and ";
    for (OpId i = 0; i < index_.program().op_count(); ++i) {
      std::string what;
      if (IsTrainingPart(PartOf(index_, i))) {
        what = "the op belongs to training";
      } else if (const QuantizationOp* fake = FindQuantizationOp(index_.type(i));
                 fake != nullptr && !fake->linear() && !fake->scale.empty() &&
                 fake->role != QuantizationRole::kDequantize) {
        if (!index_.program().op(i).BoolOr(attributes::kIsTest, true))
          what = "the op still trains its scale: is_test is false";
      }
      if (!what.empty())
        findings_->Error("quant-training", PlaceOfOp(index_, i), frozen + what,
                         "freeze the test form of the program (clone with for_test, or transpile with --for-test)");
    }
  }

  const Index& index_;
  Findings* findings_;
  QuantizedWalk walk_;
  GradientMatch match_;
  std::vector<bool> runs_;                                  // by block
  std::vector<bool> weight_product_;                        // by variable
  std::vector<bool> scaled_back_;                           // by name: fake_dequantize_max_abs wrote it last
  std::unordered_map<OpId, std::vector<VarId>> scales_of_;  // by op that computes with integers
  std::unordered_map<OpId, Operands> operands_of_;          // by forward op
  OpId frozen_op_ = kNoOp;
};

}  // namespace

void CheckQuantization(const Index& index, Findings* findings) {
  if (HasQuantizationOps(index)) QuantizationRules(index, findings).Check();
}

}  // namespace pdquant
