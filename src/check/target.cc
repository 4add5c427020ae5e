#include "check/target.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/quantized_walk.h"
#include "base/escape.h"
#include "check/rules.h"
#include "paddle/op_role.h"
#include "paddle/op_table.h"
#include "paddle/tensor_type.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr std::array<std::string_view, 5> kOneDnnOps = {"conv2d", "depthwise_conv2d", "mul", "matmul", "matmul_v2"};
constexpr std::array<std::string_view, 6> kTensorRtOps = {"conv2d", "depthwise_conv2d", "conv2d_transpose",
                                                          "mul",    "matmul",           "matmul_v2"};
constexpr std::array<int32_t, 1> kEight = {8};
constexpr std::array<int32_t, 2> kEightOrSixteen = {8, 16};

// What a runtime takes.
struct Facts {
  Target target;
  std::string_view name;
  std::string_view source;  // where in the runtime it is decided
  std::span<const int32_t> bits;
  std::span<const std::string_view> ops;  // that may read integers; empty for any
  bool legacy = true;                     // takes the fake_* ops
  bool simulated = false;                 // runs quantize and dequantize pairs before an op
  bool fused = false;                     // takes fake_quantize_dequantize_*
  bool stored_scale = true;               // needs scales in the parameters
  bool one_bit_length = false;            // for both operands of an op
  bool integers_as_floats = true;         // needs the weights of the legacy frozen form as float32
  bool training = false;                  // runs ops of training
};

constexpr std::array<Facts, 5> kFacts = {{
    {.target = Target::kPaddle,
     .name = "Paddle Inference",
     .source = "fake_quantize_op.h",
     .bits = {},
     .ops = {},
     .simulated = true,
     .fused = true,
     .stored_scale = false,
     .training = true},
    {.target = Target::kOneDnn,
     .name = "oneDNN",
     .source = "quant_dequant_onednn_pass.cc",
     .bits = kEight,
     .ops = kOneDnnOps},
    {.target = Target::kTensorRt,
     .name = "TensorRT",
     .source = "quant_conv2d_dequant_fuse_pass.cc",
     .bits = kEight,
     .ops = kTensorRtOps,
     .fused = true,
     .one_bit_length = true},
    {.target = Target::kLite,
     .name = "Paddle-Lite",
     .source = "quant_dequant_op_fuser.cc",
     .bits = kEightOrSixteen,
     .ops = {},
     .fused = true,
     .one_bit_length = true,
     .integers_as_floats = false},
    {.target = Target::kOnnx,
     .name = "ONNX",
     .source = "Paddle2ONNX's quantize_linear.cc",
     .bits = kEight,
     .ops = {},
     .legacy = false},
}};

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class TargetRules {
 public:
  TargetRules(const Index& index, const Facts& facts, const ModelValues* values, Findings* findings)
      : index_(index), facts_(facts), values_(values), findings_(findings), walk_(index) {}

  void Check() {
    const bool quantized = HasFakeOps(index_);
    if (!quantized && facts_.training) return;
    while (walk_.Next()) {
      if (!facts_.training && IsTraining()) {
        Add("target-training-op", "", kNoVar, "the op belongs to training, which " + Name() + " doesn't run",
            "save the model for inference, or transpile its test form and freeze it");
        continue;
      }
      if (walk_.fake() == nullptr) {
        CheckOp();
      } else if (!facts_.legacy && !walk_.fake()->linear) {
        Add("target-legacy-op", "", kNoVar, Name() + " takes quantize_linear and dequantize_linear only",
            "export the model in its ONNX form");
      } else {
        CheckFakeOp(*walk_.fake());
      }
    }
  }

 private:
  std::string Name() const { return std::string(facts_.name); }
  OpId op() const { return walk_.op(); }

  void Add(std::string_view code, std::string part, VarId variable, std::string text, std::string hint,
           Level level = Level::kError, std::string_view source = "") {
    Place place = PlaceOfOp(index_, op());
    place.part = std::move(part);
    if (variable != kNoVar) place.variable = index_.name(index_.var_name(variable));
    findings_->Add({code, level, std::move(place),
                    std::move(text) + " (" + std::string(source.empty() ? facts_.source : source) + ")",
                    std::move(hint)});
  }

  static std::string Input(std::string_view slot) { return "input " + Quote(slot); }

  VarId VarOf(std::string_view slot) const {
    const NameId name = SingleArgument(index_, index_.inputs(op()), slot);
    return name == kNoName ? kNoVar : index_.Lookup(walk_.block(), name);
  }

  bool IsStored(VarId var) const { return var != kNoVar && index_.persistable(var); }

  bool IsTraining() const {
    const int32_t role = std::max(index_.op(op()).role, kRoleForward);
    return (role & (kRoleBackward | kRoleOptimize | kRoleLearningRate)) != 0 || index_.type(op()).ends_with("_grad");
  }

  int32_t BitsOf(OpId fake) const {
    const auto attr = index_.program().op(fake).attr(kBitLength);
    return attr ? attr->AsInt().value_or(8) : 8;
  }

  bool Flag(std::string_view name, bool otherwise) const {
    const auto attr = index_.program().op(op()).attr(name);
    return attr ? attr->AsBool().value_or(otherwise) : otherwise;
  }

  void CheckFakeOp(const FakeOp& fake) {
    if (!facts_.bits.empty() && (fake.role != FakeRole::kDequantize || fake.linear)) CheckBits();
    if (walk_.Observes()) return;
    if (fake.linear) return CheckLinear(fake);
    if (fake.role == FakeRole::kDequantize) return CheckScaledBack(fake);
    if (!facts_.stored_scale) return;
    if (fake.role == FakeRole::kQuantize && IsStored(VarOf("X"))) return;  // of a weight: the op that reads it is told
    if (fake.role == FakeRole::kRound && !facts_.fused) return;
    CheckStoredScale(fake);
  }

  void CheckBits() {
    const int32_t bits = BitsOf(op());
    if (std::find(facts_.bits.begin(), facts_.bits.end(), bits) != facts_.bits.end()) return;
    std::string allowed;
    for (const int32_t one : facts_.bits) allowed += (allowed.empty() ? "" : " or ") + std::to_string(one);
    Add("target-bits", "attribute " + Quote(kBitLength), kNoVar,
        Name() + " takes " + allowed + " bits, not " + std::to_string(bits), "quantize with " + allowed + " bits");
  }

  // Of an op that quantizes an activation.
  void CheckStoredScale(const FakeOp& fake) {
    if (fake.dynamic()) {
      if (fake.role == FakeRole::kRound && IsStored(VarOf("X"))) return;  // the runtime quantizes the weight itself
      Add("target-dynamic-scale", "", kNoVar,
          facts_.target == Target::kOneDnn ? "the scale is found anew at every run: oneDNN computes wrong results in "
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
    if (!Flag("is_test", false)) {
      Add("target-trains-scale", "attribute 'is_test'", kNoVar,
          "the op trains its scale at every run; " + Name() + " needs is_test to be true",
          "freeze the test form of the program");
    }
  }

  void CheckLinear(const FakeOp& fake) {
    const VarId operand = VarOf("X");
    const VarId scale = VarOf(fake.scale);
    if (facts_.stored_scale && !IsStored(scale)) {
      Add("target-scale-stored", Input(fake.scale), scale,
          Name() + " reads the scale from the parameters, and the variable isn't persistable",
          "save the model with its scales");
    }
    const bool weight = fake.role == FakeRole::kDequantize && IsStored(operand);
    if (!weight) {
      const QuantizedValue& value = walk_.ValueOf(SingleArgument(index_, index_.inputs(op()), "X"));
      if (facts_.stored_scale && fake.role == FakeRole::kDequantize && value.kind == ValueKind::kInteger &&
          ScaleReadBy(value.made_by) != scale) {
        Add("target-unpaired-linear", Input(fake.scale), scale,
            Name() + " needs the scale variable of " + ToString(PlaceOfOp(index_, value.made_by)), "");
      }
      return;
    }
    if (facts_.target == Target::kTensorRt && !IsStored(VarOf("ZeroPoint"))) {
      Add("target-scale-stored", Input("ZeroPoint"), VarOf("ZeroPoint"),
          "TensorRT reads the zero point of a weight from the parameters, and the variable isn't persistable", "");
    }
    const auto tensor = index_.program().var(operand).lod_tensor();
    if (!tensor) return;
    if (facts_.target == Target::kLite && tensor->data_type != proto::VarType::INT8) {
      Add("target-weight-type", Input("X"), operand,
          "Paddle-Lite takes INT8 here, the weight is " + DataTypeName(tensor->data_type), "");
    }
    const auto axis_attr = index_.program().op(op()).attr("quant_axis");
    const int32_t axis = axis_attr ? axis_attr->AsInt().value_or(0) : 0;
    if (facts_.target == Target::kOnnx && tensor->dims.size() == 2 && axis == 0) {
      Add("target-weight-axis", "attribute 'quant_axis'", operand, "ONNX takes axis 1 of a 2-D weight, not 0", "");
    }
  }

  VarId ScaleReadBy(OpId fake) const {
    const NameId name = SingleArgument(index_, index_.inputs(fake), "Scale");
    return name == kNoName ? kNoVar : index_.Lookup(index_.program().BlockOfOp(fake), name);
  }

  // A product is scaled back.
  void CheckScaledBack(const FakeOp& fake) {
    const QuantizedValue& value = walk_.ValueOf(SingleArgument(index_, index_.inputs(op()), "X"));
    if (value.kind != ValueKind::kProduct) return;
    const std::string_view type = index_.type(value.made_by);
    if (facts_.target == Target::kTensorRt && type.find("conv2d") != std::string_view::npos) {
      size_t scales = 0;
      for (const Argument& argument : index_.inputs(op())) scales += index_.name(argument.slot) == fake.scale ? 1U : 0U;
      if (!fake.per_channel || scales != 2) {
        Add("target-per-tensor-conv", "", kNoVar,
            "TensorRT needs fake_channel_wise_dequantize_max_abs with two scales behind " +
                ToString(PlaceOfOp(index_, value.made_by)),
            "quantize the weights of convolutions channel by channel");
      }
    }
  }

  // An op that may read quantized values.
  void CheckOp() {
    if (walk_.RunsBlock() || !walk_.ComputesQuantized()) return;
    if (index_.type(op()) == kFetch || index_.type(op()) == "shape") return;
    bool integers = false;
    bool pairs = false;
    bool linear = false;
    std::vector<int32_t> bits;
    for (const Argument& argument : index_.inputs(op())) {
      const QuantizedValue& value = walk_.ValueOf(argument.name);
      if (value.made_by == UINT32_MAX || value.kind == ValueKind::kFloat || value.kind == ValueKind::kProduct) continue;
      const FakeOp* maker = FindFakeOp(index_.type(value.made_by));
      if (maker == nullptr) continue;
      linear |= maker->linear;
      integers |= value.kind == ValueKind::kInteger;
      pairs |= value.kind == ValueKind::kRounded && maker->role == FakeRole::kQuantize && !maker->linear;
      if (maker->role != FakeRole::kDequantize || maker->linear) bits.push_back(BitsOf(value.made_by));
    }
    if (integers) {
      if (!facts_.ops.empty() && !Contains(facts_.ops, index_.type(op())))
        Add("target-op", "", kNoVar, Name() + " doesn't compute it with integers", "leave the op in float");
      CheckWeightOf(&bits);
    }
    if (pairs && !facts_.simulated && facts_.legacy) {
      Add("target-not-frozen", "", kNoVar, "reads floats that were rounded; " + Name() + " takes frozen programs",
          "freeze the model first");
    }
    CheckOneBitLength(bits);
    const bool matmul = index_.type(op()).starts_with("matmul") || index_.type(op()) == "mul";
    if (facts_.target == Target::kOnnx && linear && matmul) {
      Add("target-float-matmul", "", kNoVar, "stays in float: ONNX Runtime's backend of Paddle2ONNX leaves it so", "",
          Level::kWarning, "ort_quantize_processor.cc");
    }
  }

  void CheckOneBitLength(const std::vector<int32_t>& bits) {
    if (!facts_.one_bit_length || bits.size() < 2 || bits.front() == bits.back()) return;
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
      if (kind != nullptr && slot != kind->slots[0] && slot != kind->slots[1]) continue;
      if (kind == nullptr && slot != "Filter" && slot != "Y" && slot != "W") continue;
      const auto tensor = index_.program().var(var).lod_tensor();
      if (facts_.legacy && facts_.integers_as_floats && tensor && tensor->data_type != proto::VarType::FP32) {
        Add("target-weight-type", Input(slot), var,
            Name() + " takes the integers as FP32, the weight is " + DataTypeName(tensor->data_type),
            "use the frozen model from before int8, or undo and freeze it");
      }
      const ParameterFacts* facts = values_ == nullptr ? nullptr : values_->Find(index_.name(index_.var_name(var)));
      if (facts == nullptr || facts->max_abs < 1 || facts->fraction.found()) continue;
      const double most = facts->max_abs + 1;
      if (std::exp2(std::round(std::log2(most))) == most)
        bits->push_back(static_cast<int32_t>(std::round(std::log2(most))) + 1);
    }
  }

  const Index& index_;
  const Facts& facts_;
  const ModelValues* values_;
  Findings* findings_;
  QuantizedWalk walk_;
};

}  // namespace

void CheckTarget(const Index& index, Target target, const ModelValues* values, Findings* findings) {
  TargetRules(index, kFacts[static_cast<size_t>(target)], values, findings).Check();
}

}  // namespace pdquant
