#include "quantize/freeze/restoring.h"

#include <cmath>
#include <vector>

#include "ir/edit/builder.h"
#include "paddle/control_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
std::string_view IntegerSuffix(int32_t bits) { return bits == 8 ? ".int8" : ".int16"; }

bool IsRenamed(const Index& index, const IntegerProduct& product) {
  return index.NameOf(product.scaled).starts_with(index.NameOf(product.output) + ".dequantized");
}

bool IsSameScale(double a, double b) {
  constexpr double kRounding = 1e-5;
  return std::fabs(a - b) <= kRounding * std::fabs(b);
}

bool LieAlongAxis(const Index& index, VarId weight, const Scales& scales) {
  if (scales.axis == kWholeTensor) return true;
  const auto tensor = index.program().var(weight).lod_tensor();
  const auto axis = static_cast<size_t>(scales.axis);
  return tensor && axis < tensor->dims.size() && tensor->dims[axis] == static_cast<int64_t>(scales.values.size());
}

std::string DeclareFloat(const Index& index, const Uses& uses, VarId weight, UniqueNames* names, Edits* edits,
                         OpRewrites* rewrites) {
  const std::string stored = index.NameOf(weight);
  const VarView view = index.program().var(weight);
  const auto tensor = view.lod_tensor();
  if (!tensor || tensor->data_type == proto::VarType::FP32) return stored;
  std::string name = stored;
  for (const int32_t bits : {8, 16}) {
    const std::string_view suffix = IntegerSuffix(bits);
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  }
  if (name != stored) name = names->New(name);
  edits->ReplaceVar(weight, RetypeTensorVar(view, name, proto::VarType::FP32));
  for (const OpId reader : uses.readers(weight)) rewrites->ReplaceInput(reader, "", stored, {name});
  return name;
}

void CleanControlLists(const Index& index, const std::function<bool(VarId)>& goes, OpRewrites* rewrites) {
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    const ControlOp* control = FindControlOp(index.type(op));
    if (control == nullptr) continue;
    std::vector<std::string> gone;
    for (const Argument& argument : index.inputs(op)) {
      const VarId var = index.Lookup(index.program().BlockOfOp(op), argument.name);
      if (index.name(argument.slot) == control->inputs && goes(var)) gone.emplace_back(index.name(argument.name));
    }
    if (!gone.empty()) rewrites->RemoveListed(op, control->inputs, control->gradients, gone);
  }
}

}  // namespace pdquant
