// A form: how the quantization of a value is written into a program. Here the variables are named and declared, the ops
// emitted and dissolved; which ops and slots they are say the rows of the scale kinds, so that no pass knows them.
#ifndef PDQUANT_QUANTIZE_FORMS_FORM_H_
#define PDQUANT_QUANTIZE_FORMS_FORM_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "ir/edit/builder.h"
#include "ir/edit/edits.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/names.h"
#include "paddle/scale_kinds.h"
#include "quantize/forms/op_templates.h"
#include "quantize/options.h"

namespace pdquant {

// A value that is to be quantized, with the names of all that stands around it.
struct FormValue {
  std::string_view source;  // the variable that holds it
  ValueNames names;
  // By position in the row's variables; empty where the program doesn't need the variable.
  std::vector<std::string> scale_variables;
  const ScaleKind* scale_kind = nullptr;
  int32_t bits = 8;
  int32_t axis = kWholeTensor;  // the one along which a scale with channels lies
  bool in_loop = false;         // the ops run several times a step
};

// The names around one quantized value, as NamesOfValue says; those that the form has no variable for are empty.
//
// Legacy, the pair of Paddle 1.x (QuantizeTranspiler of paddlepaddle 1.8.5); with a scale for each channel
// fake_channel_wise_quantize_abs_max, fake_channel_wise_dequantize_max_abs:
//   V ─> fake_quantize_… ─> V.quantized ─> fake_dequantize_max_abs ─> V.quantized.dequantized ─> op
//              └──────────> V.scale ────────────────┘
// Fused, the op of Paddle 2.x that does both:
//   V ─> fake_quantize_dequantize_… ─> V.quantized.dequantized ─> op
//              └─────────────────────> V.scale
// Linear, the pair of Paddle 2.x that ONNX has as well; the scale is the threshold max|x|, not ONNX's step:
//   V ─> quantize_linear ─> V.quantized ─> dequantize_linear ─> V.quantized.dequantized ─> op
//              └──────────> V@scale ─────────────┘
ValueNames NamesInForm(QuantizationForm form, std::string_view variable, uint32_t number, bool backward);

// Declares in `block` what stands between the value and its rounded form. `type_fields` is the encoded type of the
// value's variable (VarView::type_fields).
void DeclareValue(const FormValue& value, std::string_view type_fields, uint32_t block, Edits* edits);

// Queues the ops that quantize the value and scale it back in front of `before`, behind those queued there before.
// `op` is a scratch.
void EmitValue(const FormValue& value, const TranspileOptions& options, const ServedOp& served, OpId before,
               Edits* edits, OpBuilder* op);

// Lets the readers of a variable read `replacement` in its place. The lists of control ops stay.
void ReplaceReaders(VarId var, const std::string& replacement, const Index& index, const Uses& uses,
                    OpRewrites* rewrites);

// Does so for a value. Returns the ops of the value, which nothing needs then.
std::vector<OpId> Dissolve(const QuantizedValue& value, const std::string& replacement, const Index& index,
                           const Uses& uses, OpRewrites* rewrites);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FORMS_FORM_H_
