#include "quantize/selection.h"

#include <algorithm>

#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/tensor_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

const OpSelection::Rows& OpSelection::RowsOf(OpId op) const {
  const auto [entry, added] = rows_.try_emplace(main_.op(op).type);
  if (added) {
    const std::string_view type = main_.type(op);
    entry.value() = {FindQuantizable(type), FindQuantizableOfGradient(type)};
  }
  return entry->second;
}

bool OpSelection::HasWeight(OpId op, const QuantizableOp& row) const {
  return std::any_of(row.operands().begin(), row.operands().end(), [&](const QuantizableOperand& operand) {
    const VarId var = main_.InputVar(op, operand.slot);
    return var != kNoVar && parameters_.IsParameter(var);
  });
}

OpChoice OpSelection::ChooseOp(OpId op, const QuantizableOp& row) const {
  switch (row.group) {
    case OpGroup::kReference:
      break;
    case OpGroup::kDefault:
      if (!HasWeight(op, row)) return {false, "neither operand is a weight"};
      break;
    case OpGroup::kOnRequest:
      return {false, "its type is quantized on request only"};
  }
  return {true, ""};
}

// A scale with channels becomes one of the whole tensor where the op's channels don't lie along an axis of the weight.
void OpSelection::ChooseAxis(OpId op, VarId var, const QuantizableOperand& operand, std::span<const OpId> path,
                             OperandChoice* choice) const {
  if (!choice->scale_kind->per_channel()) return;
  const auto dims_of = [&](VarId of) {
    const auto tensor = of == kNoVar ? std::nullopt : main_.program().var(of).lod_tensor();
    return tensor ? tensor->dims : std::vector<int64_t>();
  };
  const std::vector<int64_t> read = dims_of(path.empty() ? var : main_.OutputVar(path.front(), slots::kOut));
  std::optional<int32_t> axis = ChannelAxis(operand, main_.program().op(op), read.size());
  for (size_t i = 0; i < path.size() && axis; ++i) axis = AxisBefore(main_, path[i], *axis);
  const std::vector<int64_t> dims = dims_of(var);
  // The ops know the first two axes.
  const bool known = axis && *axis < 2 && static_cast<size_t>(*axis) < dims.size();
  const int64_t channels = known ? dims[static_cast<size_t>(*axis)] : 0;
  if (channels > 0) {
    choice->axis = *axis;
    choice->channels = channels;
    return;
  }
  choice->scale_kind = &DynamicScale(options_.form);
  choice->why = "one scale for the whole weight: its channels don't lie along an axis that the ops know";
}

OperandChoice OpSelection::Choose(OpId op, VarId var, const QuantizableOperand& operand,
                                  std::span<const OpId> path) const {
  const OperandUse use = operand.use;
  OperandChoice choice;
  const VarView::KindAndTensor type_of_var = main_.program().var(var).kind_and_tensor();
  const std::optional<TensorType>& tensor = type_of_var.tensor;
  if (type_of_var.kind != proto::VarType::LOD_TENSOR) {
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
  choice.scale_kind = choice.is_weight ? &options_.weight_scale() : &options_.activation_scale();
  if (kind == Parameters::Kind::kConstant)
    choice.why = "nothing writes or feeds it: it is a weight, which the QuantizeTranspiler takes for an activation";
  ChooseAxis(op, var, operand, path, &choice);
  return choice;
}

}  // namespace pdquant
