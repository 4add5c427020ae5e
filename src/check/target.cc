#include "check/target.h"

#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/quantized_walk.h"
#include "base/escape.h"
#include "base/find_row.h"
#include "check/rules.h"
#include "check/target_faults.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/weight_only.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

class TargetRules {
 public:
  TargetRules(const Index& index, const Runtime& runtime, const ModelValues& values, Findings* findings)
      : index_(index), runtime_(runtime), values_(values), findings_(findings), walk_(index) {}

  void Check() {
    const bool quantized = HasQuantizationOps(index_);
    if (!quantized && runtime_.training && WeightOnlyOps(index_).empty()) return;
    while (walk_.Next()) {
      if (!runtime_.training && PartOf(index_, op()) != OpPart::kForward) {
        Add("target-training-op", "", kNoVar, "the op belongs to training, which " + Name() + " doesn't run",
            "save the model for inference, or transpile its test form and freeze it");
        continue;
      }
      if (walk_.quantization() == nullptr) {
        CheckOp();
      } else if (!runtime_.legacy && !walk_.quantization()->linear()) {
        Add("target-legacy-op", "", kNoVar, Name() + " takes quantize_linear and dequantize_linear only",
            "export the model in its ONNX form");
      } else {
        CheckFakeOp(*walk_.quantization());
      }
    }
  }

 private:
  std::string Name() const { return std::string(runtime_.name); }
  OpId op() const { return walk_.op(); }

  void Add(std::string_view code, std::string part, VarId variable, std::string text, std::string hint,
           Level level = Level::kError, std::string_view source = "") {
    const std::string_view name = variable == kNoVar ? "" : index_.name(index_.var_name(variable));
    findings_->Add({code, level, PlaceOfOp(index_, op(), std::move(part), name),
                    std::move(text) + " (" + std::string(source.empty() ? runtime_.source : source) + ")",
                    std::move(hint)});
  }

  static std::string Input(std::string_view slot) { return "input " + Quote(slot); }

  VarId VarOf(std::string_view slot) const { return index_.InputVar(op(), slot); }

  bool IsStored(VarId var) const { return var != kNoVar && index_.persistable(var); }

  int32_t BitsOf(OpId fake) const { return index_.program().op(fake).IntOr(attributes::kBitLength, 8); }

  void CheckFakeOp(const QuantizationOp& fake) {
    if (!runtime_.bits.empty() && (fake.role != QuantizationRole::kDequantize || fake.linear())) CheckBits();
    if (walk_.Observes()) return;
    if (fake.linear()) return CheckLinear(fake);
    if (fake.role == QuantizationRole::kDequantize) return CheckScaledBack(fake);
    if (!runtime_.stored_scale) return;
    if (fake.role == QuantizationRole::kQuantize && IsStored(VarOf(fake.operand)))
      return;  // of a weight: the op that reads it is told
    if (fake.role == QuantizationRole::kRound && !runtime_.fused) return;
    CheckStoredScale(fake);
  }

  void CheckBits() {
    const int32_t bits = BitsOf(op());
    if (Contains(runtime_.bits, bits)) return;
    std::string allowed;
    for (const int32_t one : runtime_.bits) allowed += (allowed.empty() ? "" : " or ") + std::to_string(one);
    Add("target-bits", "attribute " + Quote(attributes::kBitLength), kNoVar,
        Name() + " takes " + allowed + " bits, not " + std::to_string(bits), "quantize with " + allowed + " bits");
  }

  // Of an op that quantizes an activation.
  void CheckStoredScale(const QuantizationOp& fake) {
    if (fake.dynamic()) {
      if (fake.role == QuantizationRole::kRound && IsStored(VarOf(fake.operand)))
        return;  // the runtime quantizes the weight itself
      Add("target-dynamic-scale", "", kNoVar,
          runtime_.silent_dynamic_scale ? "the scale is found anew at every run: oneDNN computes wrong results in "
                                          "silence"
                                        : "the scale is found anew at every run: " + Name() + " needs a stored one",
          "transpile with --activation-quantize-type moving_average_abs_max or range_abs_max, and train");
      return;
    }
    const VarId scale = VarOf(fake.scale);
    if (!IsStored(scale)) {
      Add("target-scale-stored", Input(fake.scale), scale,
          Name() + " reads the scale from the parameters, and the variable isn't persistable",
          "save the trained program again");
    }
    if (!index_.program().op(op()).BoolOr(attributes::kIsTest, false)) {
      Add("target-trains-scale", "attribute " + Quote(attributes::kIsTest), kNoVar,
          "the op trains its scale at every run; " + Name() + " needs is_test to be true",
          "freeze the test form of the program");
    }
  }

  void CheckLinear(const QuantizationOp& fake) {
    const VarId operand = VarOf(fake.operand);
    const VarId scale = VarOf(fake.scale);
    if (runtime_.stored_scale && !IsStored(scale)) {
      Add("target-scale-stored", Input(fake.scale), scale,
          Name() + " reads the scale from the parameters, and the variable isn't persistable",
          "save the model with its scales");
    }
    const bool weight = fake.role == QuantizationRole::kDequantize && IsStored(operand);
    if (!weight) {
      const HeldValue& value = walk_.ValueOf(index_.Input(op(), fake.operand));
      if (runtime_.stored_scale && fake.role == QuantizationRole::kDequantize && value.kind == ValueKind::kInteger &&
          index_.InputVar(value.made_by, slots::kScale) != scale) {
        Add("target-unpaired-linear", Input(fake.scale), scale,
            Name() + " needs the scale variable of " + ToString(PlaceOfOp(index_, value.made_by)), "");
      }
      return;
    }
    if (runtime_.stored_zero_point && !IsStored(VarOf(slots::kZeroPoint))) {
      Add("target-scale-stored", Input(slots::kZeroPoint), VarOf(slots::kZeroPoint),
          Name() + " reads the zero point of a weight from the parameters, and the variable isn't persistable", "");
    }
    const auto tensor = index_.program().var(operand).lod_tensor();
    if (!tensor) return;
    const int32_t type = StoredType(operand, tensor->data_type);
    if (runtime_.linear_weight_type >= 0 && type != runtime_.linear_weight_type) {
      Add("target-weight-type", Input(fake.operand), operand,
          Name() + " takes " + DataTypeName(runtime_.linear_weight_type) + " here, the weight is " + DataTypeName(type),
          "");
    }
    const int32_t axis = index_.program().op(op()).IntOr(attributes::kQuantAxis, 0);
    const int32_t right = runtime_.linear_matrix_axis;
    if (right >= 0 && tensor->dims.size() == 2 && axis >= 0 && axis != right) {
      Add("target-weight-axis", "attribute " + Quote(attributes::kQuantAxis), operand,
          Name() + " takes axis " + std::to_string(right) + " of a 2-D weight, not " + std::to_string(axis), "");
    }
  }

  // The tensor tells, where it is at hand: models say FP32 of what they store as INT8.
  int32_t StoredType(VarId var, int32_t declared) const {
    const auto found =
        values_.reader == nullptr ? std::nullopt : values_.reader->Find(index_.name(index_.var_name(var)));
    return found ? values_.reader->parameters()[*found].header.data_type : declared;
  }

  // A product is scaled back.
  void CheckScaledBack(const QuantizationOp& fake) {
    const HeldValue& value = walk_.ValueOf(index_.Input(op(), fake.operand));
    if (value.kind != ValueKind::kProduct) return;
    const std::string_view type = index_.type(value.made_by);
    if (runtime_.convolutions_per_channel && IsConvolution(type)) {
      size_t scales = 0;
      for (const Argument& argument : index_.inputs(op())) scales += index_.name(argument.slot) == fake.scale ? 1U : 0U;
      if (!fake.per_channel || scales != 2) {
        Add("target-per-tensor-conv", "", kNoVar,
            Name() + " needs fake_channel_wise_dequantize_max_abs with two scales behind " +
                ToString(PlaceOfOp(index_, value.made_by)),
            "quantize the weights of convolutions channel by channel");
      }
    }
  }

  // An op that may read quantized values.
  void CheckOp() {
    if (!runtime_.weight_only && WeightOnlyBits(index_.program().op(op())) != 0) {
      Add("target-weight-type", "", kNoVar,
          Name() + " reads the weight as floats, and it is stored as integers (weight-only)",
          "use the float model that it was made of");
    }
    if (walk_.RunsBlock() || !walk_.ComputesQuantized()) return;
    if (IsFetch(index_.type(op())) || index_.type(op()) == op_types::kShape) return;
    bool integers = false;
    bool pairs = false;
    bool linear = false;
    std::vector<int32_t> bits;
    for (const Argument& argument : index_.inputs(op())) {
      const HeldValue& value = walk_.ValueOf(argument.name);
      if (value.made_by == kNoOp || value.kind == ValueKind::kFloat || value.kind == ValueKind::kProduct) continue;
      const QuantizationOp* maker = FindQuantizationOp(index_.type(value.made_by));
      if (maker == nullptr) continue;
      linear |= maker->linear();
      integers |= value.kind == ValueKind::kInteger;
      pairs |= value.kind == ValueKind::kRounded && maker->role == QuantizationRole::kQuantize && !maker->linear();
      if (maker->role != QuantizationRole::kDequantize || maker->linear()) bits.push_back(BitsOf(value.made_by));
    }
    if (integers) {
      if (!runtime_.ops.empty() && !Contains(runtime_.ops, index_.type(op())))
        Add("target-op", "", kNoVar, Name() + " doesn't compute it with integers", "leave the op in float");
      CheckWeightOf(&bits);
    }
    if (pairs && !runtime_.simulated && runtime_.legacy) {
      Add("target-not-frozen", "", kNoVar, "reads floats that were rounded; " + Name() + " takes frozen programs",
          "freeze the model first");
    }
    CheckOneBitLength(bits);
    if (!runtime_.float_matmul_source.empty() && linear && IsMatrixProduct(index_.type(op()))) {
      Add("target-float-matmul", "", kNoVar, "stays in float: ONNX Runtime's backend of Paddle2ONNX leaves it so", "",
          Level::kWarning, runtime_.float_matmul_source);
    }
  }

  void CheckOneBitLength(const std::vector<int32_t>& bits) {
    if (!runtime_.one_bit_length || bits.size() < 2 || bits.front() == bits.back()) return;
    Add("target-unequal-bits", "", kNoVar,
        Name() + " takes one bit length for both operands; they have " + std::to_string(bits.front()) + " and " +
            std::to_string(bits.back()),
        "transpile with the same --weight-bits and --activation-bits");
  }

  // The stored weight beside an operand of integers. Its bits show in its largest integer: the weight was divided by
  // its largest value.
  void CheckWeightOf(std::vector<int32_t>* bits) {
    const QuantizableOp* kind = FindQuantizable(index_.type(op()));
    for (const Argument& argument : index_.inputs(op())) {
      const VarId var = index_.Lookup(walk_.block(), argument.name);
      if (!IsStored(var) || walk_.ValueOf(argument.name).kind != ValueKind::kFloat) continue;
      const std::string_view slot = index_.name(argument.slot);
      if (kind != nullptr ? !kind->OperandIn(slot) : !IsWeightSlot(slot)) continue;
      const auto tensor = index_.program().var(var).lod_tensor();
      if (runtime_.legacy && runtime_.integers_as_floats && tensor && tensor->data_type != proto::VarType::FP32) {
        Add("target-weight-type", Input(slot), var,
            Name() + " takes the integers as FP32, the weight is " + DataTypeName(tensor->data_type),
            "use the frozen model from before int8, or undo and freeze it");
      }
      const ParameterFacts* facts = values_.Find(index_.name(index_.var_name(var)));
      if (facts == nullptr || facts->max_abs < 1 || facts->fraction.found()) continue;
      const double most = facts->max_abs + 1;
      if (std::exp2(std::round(std::log2(most))) == most)
        bits->push_back(static_cast<int32_t>(std::round(std::log2(most))) + 1);
    }
  }

  const Index& index_;
  const Runtime& runtime_;
  const ModelValues& values_;
  Findings* findings_;
  QuantizedWalk walk_;
};

}  // namespace

void CheckTarget(const Index& index, Target target, const ModelValues& values, Findings* findings) {
  TargetRules(index, RuntimeOf(target), values, findings).Check();
  CheckTargetFaults(index, target, values, findings);
}

}  // namespace pdquant
