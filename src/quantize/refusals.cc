#include "quantize/refusals.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "check/rules.h"
#include "paddle/op_role.h"
#include "paddle/quantization_ops.h"
#include "paddle/weight_only.h"

namespace pdquant {
namespace {

constexpr size_t kTooManyTrainingOps = 3;  // findings enough to see what is meant

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

void RefuseQuantized(const Index& index, const std::string& hint, Findings* findings) {
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (!IsQuantizationOp(index.type(op))) continue;
    findings->Error("already-quantized", PlaceOfOp(index, op), "the program is quantized already", hint);
  }
  for (const OpId op : WeightOnlyOps(index)) {
    findings->Error("already-quantized", PlaceOfOp(index, op),
                    "the op's weight is stored as integers (weight-only): the program is quantized already", hint);
  }
}

bool RefuseTraining(const Index& index, const std::string& text, const std::string& hint, Findings* findings) {
  size_t training = 0;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (!IsTrainingPart(PartOf(index, op))) continue;
    if (++training > kTooManyTrainingOps) break;
    findings->Error("training-program", PlaceOfOp(index, op), text, hint);
  }
  return training != 0;
}

void ReportOtherForm(const Index& index, std::span<const OpId> unpaired, std::string_view code,
                     std::string_view command, Findings* findings) {
  for (const OpId op : unpaired) {
    const FormText text = TextOf(FindQuantizationOp(index.type(op)));
    findings->Error(
        code, PlaceOfOp(index, op),
        std::string(text.what) + ": " + std::string(command) + " takes what transpile, freeze or int8 wrote",
        std::string(text.way_out));
  }
}

void RefuseWeightOnly(const Index& index, std::string_view code, std::string_view command, Findings* findings) {
  for (const OpId op : WeightOnlyOps(index)) {
    findings->Error(code, PlaceOfOp(index, op),
                    "the op's weight is stored as integers (weight-only): " + std::string(command) +
                        " takes what transpile, freeze or int8 wrote",
                    "WeightQuantization of Paddle wrote it: take the float model that it was given");
  }
}

}  // namespace pdquant
