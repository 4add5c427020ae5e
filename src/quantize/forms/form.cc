#include "quantize/forms/form.h"

#include "paddle/control_ops.h"

namespace pdquant {

ValueNames NamesInForm(QuantizationForm form, std::string_view variable, uint32_t number, bool backward) {
  ValueNames names =
      NamesOfValue(variable, number, backward, form == QuantizationForm::kLinear ? kLinearScaleSuffix : kScaleSuffix);
  if (form == QuantizationForm::kFused) names.quantized.clear();
  return names;
}

void DeclareValue(const FormValue& value, std::string_view type_fields, uint32_t block, Edits* edits) {
  for (const std::string* name : {&value.names.quantized, &value.names.dequantized}) {
    if (!name->empty()) edits->AddVar(block, EncodeVarOfType(*name, type_fields, false));
  }
}

void EmitValue(const FormValue& value, const TranspileOptions& options, const ServedOp& served, OpId before,
               Edits* edits, OpBuilder* op) {
  const ScaleKind& kind = *value.scale_kind;
  const auto emit = [&](std::span<const ScaleOp> ops) {
    for (const ScaleOp& scale_op : ops) {
      if (scale_op.training_only && options.for_test) continue;
      BuildScaleOp(scale_op, value, options, served, op);
      edits->InsertOpBefore(before, op->message());
    }
  };
  if (value.in_loop) emit(kind.step_ops);
  emit(kind.ops);
  emit(kind.back_ops);
}

std::vector<OpId> Dissolve(const QuantizedValue& value, const std::string& replacement, const Index& index,
                           const Uses& uses, OpRewrites* rewrites) {
  for (const OpId reader : uses.readers(value.rounded)) {
    if (FindControlOp(index.type(reader)) != nullptr) continue;
    rewrites->ReplaceInput(reader, "", index.name(index.var_name(value.rounded)), {replacement});
  }
  std::vector<OpId> ops = value.estimators;
  if (!value.is_stored()) ops.push_back(value.quantize);
  if (value.dequantize != value.quantize) ops.push_back(value.dequantize);
  return ops;
}

}  // namespace pdquant
