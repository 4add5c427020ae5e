#include "quantize/freeze/out_scales.h"

#include <cmath>
#include <span>
#include <string>

#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

bool TakeOutScale(const Index& index, OpId observer, const Uses& uses, ParameterValues* parameters,
                  OpRewrites* rewrites, Findings* findings) {
  const QuantizationOp& kind = *FindObserver(index.type(observer));
  const VarId output = index.InputVar(observer, kind.operand);
  const VarId scale = index.OutputVar(observer, kind.new_scale);
  const auto writers = output == kNoVar ? std::span<const OpId>() : uses.writers(output);
  if (scale == kNoVar || writers.size() != 1) return false;
  const std::string scale_name(index.name(index.var_name(scale)));
  const Result<std::vector<float>> read = parameters->Read(scale_name, 1);
  if (!read.ok() || read->empty() || !std::isfinite((*read)[0])) {
    findings->Warning(
        "parameter", PlaceOfOp(index, observer, "", scale_name),
        read.ok() ? "the scale of the output has no value, or none that is finite" : read.status().message());
    return false;
  }
  SetOutScale(index, writers[0], output, (*read)[0], rewrites);
  return true;
}

}  // namespace

void SetOutScale(const Index& index, OpId writer, VarId output, float scale, OpRewrites* rewrites) {
  rewrites->Set(writer, attributes::kOutThreshold, scale);
  for (const Argument& argument : index.outputs(writer)) {
    if (index.Lookup(index.program().BlockOfOp(writer), argument.name) == output)
      rewrites->Set(writer, ThresholdOfOutput(index.name(argument.slot)), scale);
  }
}

std::vector<OpId> TakeOutScales(const Index& index, const QuantizedValues& values, const Uses& uses,
                                ParameterValues* parameters, OpRewrites* rewrites, Findings* findings) {
  std::vector<OpId> taken;
  for (const OpId op : values.observers()) {
    if (TakeOutScale(index, op, uses, parameters, rewrites, findings)) taken.push_back(op);
  }
  return taken;
}

}  // namespace pdquant
