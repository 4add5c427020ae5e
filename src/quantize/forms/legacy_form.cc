// The form of the QuantizeTranspiler of paddlepaddle 1.8.5:
//
//   before:  V ─────────────────────────────────────────────────────────────────> op
//   after:   V ─> fake_quantize_… ─> V.quantized ─> fake_dequantize_max_abs ─> V.quantized.dequantized ─> op
//                       └──────────> V.scale ────────────────┘
#include "paddle/control_ops.h"
#include "quantize/forms/form.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

class Legacy : public Form {
 public:
  void Declare(const FormValue& value, std::string_view type_fields, uint32_t block, Edits* edits) const override {
    edits->AddVar(block, EncodeVarOfType(value.names.quantized, type_fields, false));
    edits->AddVar(block, EncodeVarOfType(value.names.dequantized, type_fields, false));
  }

  void Emit(const FormValue& value, const TranspileOptions& options, const ServedOp& served, OpId before, Edits* edits,
            OpBuilder* op) const override {
    const ScaleKind& kind = *value.scale_kind;
    const auto emit = [&](const ScaleOp& scale_op) {
      if (scale_op.training_only && options.for_test) return;
      BuildScaleOp(scale_op, value, options, served, op);
      edits->InsertOpBefore(before, op->message());
    };
    if (value.in_loop) {
      for (const ScaleOp& scale_op : kind.step_ops) emit(scale_op);
    }
    for (const ScaleOp& scale_op : kind.ops) emit(scale_op);
    BuildDequantize(value.names.quantized, value.names.scale, value.names.dequantized,
                    static_cast<float>(MaxInteger(value.bits)), served, op);
    edits->InsertOpBefore(before, op->message());
  }

  bool Recognises(const QuantizedValue& value) const override {
    return value.kind->form == QuantizationForm::kLegacy && !value.kind->per_channel;
  }

  std::vector<OpId> Dissolve(const QuantizedValue& value, const std::string& replacement, const Index& index,
                             const Uses& uses, OpRewrites* rewrites) const override {
    for (const OpId reader : uses.readers(value.rounded)) {
      if (FindControlOp(index.type(reader)) != nullptr) continue;
      rewrites->ReplaceInput(reader, "", index.name(index.var_name(value.rounded)), {replacement});
    }
    return {value.quantize, value.dequantize};
  }
};

}  // namespace

const Form& LegacyForm() {
  static const Legacy form;
  return form;
}

}  // namespace pdquant
