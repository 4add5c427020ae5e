#include "model/parameter_list.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantization_ops.h"
#include "paddle/weight_only.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using proto::VarType;

// Those that Paddle leaves out when it saves parameters (is_persistable and save_vars in fluid/io.py of
// paddlepaddle 1.8.5).
bool IsSaved(int32_t kind) {
  switch (kind) {
    case VarType::FEED_MINIBATCH:
    case VarType::FEED_LIST:
    case VarType::FETCH_LIST:
    case VarType::READER:
    case VarType::RAW:
      return false;
    default:
      return true;
  }
}

std::string KindName(int32_t kind) {
  const std::string_view name = VarTypeName(kind);
  return name.empty() ? "variable of kind " + std::to_string(kind) : std::string(name);
}

ParameterVariable* Find(std::vector<ParameterVariable>* list, std::string_view name) {
  const auto found = std::lower_bound(
      list->begin(), list->end(), name,
      [](const ParameterVariable& variable, std::string_view n) { return std::string_view(variable.name) < n; });
  return found != list->end() && found->name == name ? &*found : nullptr;
}

// What Paddle stores otherwise than it declares.
void MarkStored(const OpView& op, std::vector<ParameterVariable>* list) {
  const QuantizationOp* quantization = FindQuantizationOp(op.type());
  const bool weight_only = WeightOnlyBits(op) != 0;
  if (quantization == nullptr && !weight_only) return;
  const bool scales_back =
      quantization != nullptr && quantization->linear() && quantization->role == QuantizationRole::kDequantize;
  const auto mark = [&](const SlotView& slot) {
    const bool is_scale =
        quantization != nullptr && (slot.name() == quantization->scale || slot.name() == quantization->new_scale ||
                                    slot.name() == slots::kZeroPoint);
    const bool is_weight = scales_back && slot.name() == quantization->operand;
    slot.ForEachArgument([&](std::string_view name) {
      ParameterVariable* variable = Find(list, name);
      if (variable == nullptr) return;
      variable->may_be_integers |= is_weight || (weight_only && StoresWeight(op, name));
      variable->may_be_reshaped |= is_scale;
    });
  };
  op.ForEachInput(mark);
  op.ForEachOutput(mark);
}

}  // namespace

std::vector<ParameterVariable> ListParameters(const Program& program, Findings* findings) {
  std::map<std::string_view, std::optional<TensorType>> found;  // compares bytes as unsigned, as Paddle does
  for (size_t i = 0; i < program.var_count(); ++i) {
    const VarView var = program.var(i);
    if (!var.persistable()) continue;
    const int32_t kind = var.kind();
    if (!IsSaved(kind)) continue;
    if (kind == VarType::LOD_TENSOR) {
      found.insert_or_assign(var.name(), var.lod_tensor());
      continue;
    }
    Place place;
    place.block = static_cast<int32_t>(program.BlockOfVar(i));
    place.variable = var.name();
    findings->Error("parameter-kind", std::move(place),
                    "is persistable and a " + KindName(kind) + ": only dense tensors are read from parameter files");
  }
  std::vector<ParameterVariable> list;
  list.reserve(found.size());
  for (auto& [name, type] : found) list.push_back({std::string(name), std::move(type)});
  for (size_t i = 0; i < program.op_count(); ++i) MarkStored(program.op(i), &list);
  return list;
}

std::vector<ParameterVariable> WithoutOptimizerState(const Program& program, std::vector<ParameterVariable> variables) {
  constexpr int32_t kOptimizerRoles = kRoleOptimize | kRoleLearningRate;
  std::unordered_set<std::string_view> used;
  const auto use = [&](const SlotView& slot) {
    slot.ForEachArgument([&](std::string_view name) { used.insert(name); });
  };
  for (size_t i = 0; i < program.op_count(); ++i) {
    const OpView op = program.op(i);
    if ((op.IntOr(attributes::kOpRole, 0) & kOptimizerRoles) != 0) continue;
    op.ForEachInput(use);
    op.ForEachOutput(use);
  }
  std::erase_if(variables, [&](const ParameterVariable& variable) { return !used.contains(variable.name); });
  return variables;
}

}  // namespace pdquant
