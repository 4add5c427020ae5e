#include "quantize/freeze/model_forms.h"

#include <algorithm>
#include <string>
#include <utility>

#include "check/rules.h"
#include "paddle/data_types.h"
#include "paddle/weight_only.h"
#include "pdquant/framework.pb.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

constexpr size_t kMostChannels = size_t{1} << 24U;

// Of an FP32 parameter its values tell. What can't be read is reported by who needs the values.
bool HoldsIntegers(const Index& index, VarId var, ParameterValues* values) {
  const auto tensor = index.program().var(var).lod_tensor();
  if (!tensor || tensor->data_type != proto::VarType::FP32) return true;
  const Result<bool> integers = values->AllIntegers(index.name(index.var_name(var)));
  return !integers.ok() || *integers;
}

struct FormText {
  std::string_view what;
  std::string_view way_out;
};

FormText TextOf(const QuantizationOp* kind) {
  if (kind == nullptr || kind->form == QuantizationForm::kAmbiguous) {
    return {"is of the form that Paddle-Lite's mobile models have, or of oneDNN's",
            "take the model from before it was converted for the runtime"};
  }
  return {"is a quantize or dequantize op without its partner", "make the program again from the float program"};
}

}  // namespace

void ReportOtherForm(const Index& index, OpId op, std::string_view code, std::string_view command, Findings* findings) {
  const FormText text = TextOf(FindQuantizationOp(index.type(op)));
  findings->Error(code, PlaceOfOp(index, op),
                  std::string(text.what) + ": " + std::string(command) + " takes what transpile, freeze or int8 wrote",
                  std::string(text.way_out));
}

void RefuseWeightOnly(const Index& index, std::string_view code, std::string_view command, Findings* findings) {
  for (const OpId op : WeightOnlyOps(index)) {
    findings->Error(code, PlaceOfOp(index, op),
                    "the op's weight is stored as integers (weight-only): " + std::string(command) +
                        " takes what transpile, freeze or int8 wrote",
                    "WeightQuantization of Paddle wrote it: take the float model that it was given");
  }
}

std::vector<WeightStep> StepsOfWeights(const Index& index, const IntegerProduct& product, ParameterValues* values) {
  std::vector<WeightStep> steps;
  const auto activation = std::find_if(product.operands.begin(), product.operands.end(),
                                       [](const auto& operand) { return operand.quantize != kNoQuantizationOp; });
  const bool has_activation = activation != product.operands.end();
  size_t scaling = 0;  // of the next weight
  for (const IntegerProduct::Operand& operand : product.operands) {
    if (operand.quantize != kNoQuantizationOp) continue;
    WeightStep& step = steps.emplace_back();
    if (!HoldsIntegers(index, operand.parameter, values) || scaling >= product.scalings.size()) continue;
    const IntegerProduct::Scaling& scales = product.scalings[has_activation ? 0 : scaling++];
    if (scales.kind->per_channel) {
      const auto tensor = index.program().var(operand.parameter).lod_tensor();
      const bool has_axis = tensor && operand.axis >= 0 && static_cast<size_t>(operand.axis) < tensor->dims.size();
      step = {0, scales.scales[0], static_cast<float>(MaxInteger(scales.weight_bits)), operand.axis,
              has_axis ? tensor->dims[static_cast<size_t>(operand.axis)] : 0};
    } else if (has_activation) {
      const auto bits =
          index.program().op(activation->quantize).attr(FindQuantizationOp(index.type(activation->quantize))->bits);
      step = {static_cast<float>(MaxInteger(bits ? bits->AsInt().value_or(8) : 8)), kNoVar, scales.max_range,
              kWholeTensor};
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
  if (step.channels > 0 && scale->size() > static_cast<size_t>(step.channels))
    scale->resize(static_cast<size_t>(step.channels));
  return Scales{std::move(*scale), step.axis};
}

}  // namespace pdquant
