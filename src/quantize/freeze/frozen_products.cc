#include "quantize/freeze/frozen_products.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ir/edit/builder.h"
#include "paddle/control_ops.h"
#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"
#include "quantize/weights/rounding.h"

namespace pdquant {

bool HoldsIntegers(const Index& index, VarId var, ParameterValues* values) {
  const auto tensor = index.program().var(var).lod_tensor();
  if (!tensor || tensor->data_type != proto::VarType::FP32) return true;
  const Result<bool> integers = values->AllIntegers(index.name(index.var_name(var)));
  return !integers.ok() || *integers;
}

std::vector<WeightStep> StepsOfWeights(const Index& index, const IntegerProduct& product, ParameterValues* values) {
  std::vector<WeightStep> steps;
  const auto activation = std::find_if(product.operands.begin(), product.operands.end(),
                                       [](const auto& operand) { return operand.quantize != kNoOp; });
  const bool has_activation = activation != product.operands.end();
  size_t scaling = 0;  // of the next weight
  for (const IntegerProduct::Operand& operand : product.operands) {
    if (operand.quantize != kNoOp) continue;
    WeightStep& step = steps.emplace_back();
    if (!HoldsIntegers(index, operand.parameter, values) || scaling >= product.scalings.size()) continue;
    const IntegerProduct::Scaling& scales = product.scalings[has_activation ? 0 : scaling++];
    if (scales.kind->per_channel) {
      const Result<size_t> channels = values->CountAlong(index.NameOf(operand.parameter), operand.axis);
      step = {0, scales.scales[0], static_cast<float>(MaxInteger(scales.weight_bits)), operand.axis,
              channels.ok() ? *channels : 0};
    } else if (has_activation) {
      const OpId quantize = activation->quantize;
      const int32_t bits = index.program().op(quantize).IntOr(FindQuantizationOp(index.type(quantize))->bits, 8);
      step = {static_cast<float>(MaxInteger(bits)), kNoVar, scales.max_range, kWholeTensor};
    } else {
      step = {0, scales.scales[0], scales.max_range, kWholeTensor};
    }
  }
  return steps;
}

Result<Scales> ScalesOfStep(const Index& index, const WeightStep& step, ParameterValues* values) {
  if (step.scale == kNoVar) return Scales{{step.value}, step.axis};
  const size_t limit = step.axis == kWholeTensor ? 1 : kMostChannels;
  Result<std::vector<float>> scale = values->Read(index.name(index.var_name(step.scale)), limit);
  if (!scale.ok()) return scale.status();
  if (scale->empty()) return BadInput("the scale has no value");
  if (step.channels > 0 && scale->size() > step.channels) scale->resize(step.channels);
  return Scales{std::move(*scale), step.axis};
}

Result<Scales> ScalesOfStored(const Index& index, const QuantizedValue& value, ParameterValues* values) {
  return ScalesOfStep(index, {0, value.scale, 0, value.axis}, values);
}

std::string_view IntegerSuffix(int32_t bits) { return bits == 8 ? ".int8" : ".int16"; }

bool IsRenamed(const Index& index, const IntegerProduct& product) {
  return index.NameOf(product.scaled).starts_with(index.NameOf(product.output) + ".dequantized");
}

bool IsSameScale(double a, double b) {
  constexpr double kRounding = 1e-5;
  return std::fabs(a - b) <= kRounding * std::fabs(b);
}

bool LieAlongAxis(const Index& index, VarId weight, const Scales& scales, ParameterValues* values) {
  if (scales.axis == kWholeTensor) return true;
  const Result<size_t> channels = values->CountAlong(index.NameOf(weight), scales.axis);
  return channels.ok() && *channels == scales.values.size();
}

std::string DeclareFloat(const Index& index, const Uses& uses, VarId weight, UniqueNames* names, Edits* edits,
                         OpRewrites* rewrites) {
  std::string stored = index.NameOf(weight);
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
