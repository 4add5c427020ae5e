#include "quantize/selection.h"

#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

OperandChoice OpSelection::Choose(VarId var, OperandUse use) const {
  OperandChoice choice;
  const auto [var_kind, tensor] = main_.program().var(var).kind_and_tensor();
  if (var_kind != proto::VarType::LOD_TENSOR) {
    choice.why = "it is no dense tensor";
    return choice;
  }
  int32_t type = ValueTypes::Declared(tensor);
  if (type == kUnknownType) type = types_.TypeOf(var);
  if (type == kUnknownType) {
    choice.doubtful = true;
    choice.why =
        "its type can't be told: its declaration says BOOL or nothing, which it can't be, and nothing else says what "
        "it is";
    return choice;
  }
  if (type != proto::VarType::FP32) {
    const std::string_view name = VarTypeName(type);
    choice.why = "its data type is " + (name.empty() ? std::to_string(type) : std::string(name)) + ", not FP32";
    return choice;
  }
  const Parameters::Kind kind = parameters_.KindOf(var);
  const OperandUse excluded = kind == Parameters::Kind::kNone ? OperandUse::kWeight : OperandUse::kActivation;
  if (use == excluded) {
    choice.why = use == OperandUse::kWeight ? "it is no weight" : "it is a weight";
    return choice;
  }
  choice.quantized = true;
  choice.is_weight = kind != Parameters::Kind::kNone;
  choice.bits = choice.is_weight ? options_.weight_bits : options_.activation_bits;
  choice.scale_kind = choice.is_weight ? options_.weight_quantize_type : options_.activation_quantize_type;
  if (kind == Parameters::Kind::kConstant)
    choice.why = "nothing writes or feeds it: it is a weight, which the QuantizeTranspiler takes for an activation";
  return choice;
}

}  // namespace pdquant
