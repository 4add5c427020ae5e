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

void ReplaceReaders(VarId var, const std::string& replacement, const Index& index, const Uses& uses,
                    OpRewrites* rewrites) {
  for (const OpId reader : uses.readers(var)) {
    if (FindControlOp(index.type(reader)) == nullptr) {
      rewrites->ReplaceInput(reader, "", index.NameOf(var), {replacement});
    } else if (!uses.OnlyLists(reader, var)) {
      for (const Argument& argument : index.inputs(reader)) {
        const std::string_view slot = index.name(argument.slot);
        if (argument.name == index.var_name(var) && !IsListSlot(index.type(reader), slot))
          rewrites->ReplaceInput(reader, slot, index.NameOf(var), {replacement});
      }
    }
  }
}

std::vector<OpId> Dissolve(const QuantizedValue& value, const std::string& replacement, const Index& index,
                           const Uses& uses, OpRewrites* rewrites) {
  ReplaceReaders(value.rounded, replacement, index, uses, rewrites);
  std::vector<OpId> ops = value.estimators;
  if (!value.is_stored()) ops.push_back(value.quantize);
  if (value.dequantize != value.quantize) ops.push_back(value.dequantize);
  return ops;
}

}  // namespace pdquant
