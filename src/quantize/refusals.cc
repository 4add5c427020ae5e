#include "quantize/refusals.h"

#include <cstddef>

#include "check/rules.h"
#include "paddle/op_role.h"
#include "paddle/quantization_ops.h"
#include "paddle/weight_only.h"

namespace pdquant {
namespace {

constexpr size_t kTooManyTrainingOps = 3;  // findings enough to see what is meant

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

}  // namespace pdquant
