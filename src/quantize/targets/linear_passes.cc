// The passes over ops of the linear form, and relu6.
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "base/escape.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/control_ops.h"
#include "paddle/data_types.h"
#include "paddle/import/import_names.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtime_faults.h"
#include "pdquant/framework.pb.h"
#include "quantize/model_writer.h"
#include "quantize/targets/target_passes.h"
#include "quantize/weights/planned_values.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// The one value of a scale, as planned or as it is stored; nothing where it has another number of values.
std::optional<float> ScaleValue(const PlannedParameters& parameters, const std::string& name) {
  const auto plan = parameters.plans->find(name);
  if (plan != parameters.plans->end() && plan->second.how == ParameterPlan::How::kConstant) {
    const std::vector<float>& values = plan->second.scales.values;
    return values.size() == 1 ? std::optional(values[0]) : std::nullopt;
  }
  const Result<std::vector<float>> read = parameters.values->Read(name, 1);
  return read.ok() && read->size() == 1 ? std::optional((*read)[0]) : std::nullopt;
}

// How many values the scale or the zero point of an op has: of a parameter as many as are stored, of what ops compute
// as many as are declared.
Result<size_t> CountOf(const Index& index, VarId var, ParameterValues* values) {
  if (var == kNoVar) return size_t{1};
  if (index.persistable(var)) return values->CountAlong(index.NameOf(var), kWholeTensor);
  std::vector<int64_t> dims = index.DimsOf(var);
  for (int64_t& dim : dims) dim = std::max<int64_t>(dim, 1);
  const auto count = ElementCount(dims);
  if (count && *count <= kMostChannels) return static_cast<size_t>(*count);
  return BadInput(Quote(index.NameOf(var)) + " is declared with more than " + std::to_string(kMostChannels) +
                  " values");
}

bool IsLinear(const Index& index, OpId op) {
  const QuantizationOp* kind = FindQuantizationOp(index.type(op));
  return kind != nullptr && kind->linear();
}

// Gives an op new zero points, which are named after its result.
void SetZeroPoints(const Index& index, OpId op, VarId result, size_t count, ModelWriter* writer, OpRewrites* rewrites) {
  const std::string name =
      writer->NewConstant(index.NameOf(result) + std::string(kZeroPointSuffix), std::vector<float>(count), true);
  if (const VarId old = index.InputVar(op, slots::kZeroPoint); old != kNoVar) {
    rewrites->ReplaceInput(op, slots::kZeroPoint, index.NameOf(old), {name});
  } else {
    rewrites->AddInputSlot(op, slots::kZeroPoint, name);
  }
  writer->List(name, op);
}

}  // namespace

Result<Outcome> RestoreThresholdPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  OpRewrites rewrites(index.program());
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (IsIn(Situation::kRelu6WithoutThreshold, index, op))
      rewrites.Set(op, attributes::kThreshold, attributes::kRelu6Threshold);
  }
  return Queue(rewrites, &context.main->edits);
}

Result<Outcome> IntegerRangePass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  OpRewrites rewrites(index.program());
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (!IsIn(Situation::kNoGreatestInteger, index, op)) continue;
    const int32_t greatest = MaxInteger(index.program().op(op).IntOr(attributes::kBitLength, kLinearBits));
    rewrites.Set(op, attributes::kQmin, -greatest - 1);
    rewrites.Set(op, attributes::kQmax, greatest);
  }
  return Queue(rewrites, &context.main->edits);
}

Result<Outcome> OwnZeroPointsPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &context.main->edits, &rewrites, parameters_.plans);
  PlannedValues values(parameters_.values, parameters_.plans);
  std::set<VarId> taken;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (!IsLinear(index, op)) continue;
    const VarId zero_point = index.InputVar(op, slots::kZeroPoint);
    if (zero_point != kNoVar && taken.insert(zero_point).second) continue;
    const QuantizationOp& kind = *FindQuantizationOp(index.type(op));
    const VarId result = index.OutputVar(op, kind.output);
    if (result == kNoVar) continue;
    const Result<size_t> count =
        CountOf(index, zero_point != kNoVar ? zero_point : index.InputVar(op, kind.scale), &values);
    if (!count.ok()) return Refuse(context, op, count.status());
    SetZeroPoints(index, op, result, *count, &writer, &rewrites);
  }
  return Queue(rewrites, &context.main->edits);
}

namespace {

// The axis along which all that read a value, convolutions, have their channels in it; nothing where they differ, or
// something else reads it.
std::optional<int32_t> FilterAxis(const Index& index, const Uses& uses, VarId rounded) {
  std::optional<int32_t> axis;
  for (const OpId reader : uses.readers(rounded)) {
    if (uses.OnlyLists(reader, rounded)) continue;
    const QuantizableOp* row = FindQuantizable(index.type(reader));
    if (row == nullptr || !IsConvolution(row->type) || index.InputVar(reader, slots::kFilter) != rounded)
      return std::nullopt;
    const std::optional<int32_t> own = ChannelAxis(row->operands()[*row->OperandIn(slots::kFilter)],
                                                   index.program().op(reader), index.DimsOf(rounded).size());
    if (!own || (axis && *axis != *own)) return std::nullopt;
    axis = own;
  }
  return axis;
}

}  // namespace

Result<Outcome> FilterScalesPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &context.main->edits, &rewrites, parameters_.plans);
  PlannedValues stored(parameters_.values, parameters_.plans);
  for (const QuantizedValue& value : values.values()) {
    if (!value.is_stored() || !value.kind->linear() || value.axis != kWholeTensor) continue;
    const std::optional<int32_t> axis = FilterAxis(index, uses, value.rounded);
    const std::optional<float> scale = ScaleValue(parameters_, index.NameOf(value.scale));
    if (!axis || !scale || static_cast<size_t>(*axis) >= index.DimsOf(value.source).size()) continue;
    const OpId op = value.dequantize;
    const Result<size_t> channels = stored.CountAlong(index.NameOf(value.source), *axis);
    if (!channels.ok()) return Refuse(context, op, channels.status());
    const std::string scales = writer.NewConstant(index.NameOf(value.scale), std::vector<float>(*channels, *scale));
    rewrites.ReplaceInput(op, slots::kScale, index.NameOf(value.scale), {scales});
    writer.List(scales, op);
    SetZeroPoints(index, op, value.rounded, *channels, &writer, &rewrites);
    rewrites.Set(op, attributes::kQuantAxis, *axis);
  }
  return Queue(rewrites, &context.main->edits);
}

namespace {

// The scale of what an op writes in its one output slot, by its attribute; nothing where it has none.
std::optional<float> OutThreshold(const Index& index, OpId op, const Argument& output) {
  const OpView view = index.program().op(op);
  auto attr = view.attr(ThresholdOfOutput(index.name(output.slot)));
  if (!attr) attr = view.attr(attributes::kOutThreshold);
  const std::optional<float> threshold = attr ? attr->AsFloat() : std::nullopt;
  return threshold && std::isfinite(*threshold) && *threshold > 0 ? threshold : std::nullopt;
}

// Whether the output can be looked at behind its op: floats that plain ops read later, in the same block.
bool CanBeObserved(const Index& index, const Uses& uses, OpId op, VarId output) {
  const auto tensor = index.program().var(output).lod_tensor();
  if (index.persistable(output) || uses.writers(output).size() != 1 || uses.readers(output).empty()) return false;
  if (!tensor || tensor->data_type != proto::VarType::FP32 || uses.named_by_attribute(output)) return false;
  const auto readers = uses.readers(output);
  return std::all_of(readers.begin(), readers.end(), [&](OpId reader) {
    return reader > op && index.program().BlockOfOp(reader) == index.program().BlockOfOp(op) &&
           FindControlOp(index.type(reader)) == nullptr && !IsLinear(index, reader);
  });
}

}  // namespace

Result<Outcome> ObserveOutputsPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  const Uses uses(index);
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &context.main->edits, &rewrites, parameters_.plans);
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (IsQuantizationOp(index.type(op))) continue;
    for (const Argument& argument : index.outputs(op)) {
      const size_t block = index.program().BlockOfOp(op);
      const VarId output = index.Lookup(block, argument.name);
      const std::optional<float> threshold = OutThreshold(index, op, argument);
      if (!threshold || output == kNoVar || !CanBeObserved(index, uses, op, output)) continue;
      const std::string name = index.NameOf(output);
      ModelWriter::Pair pair;
      pair.source = name;
      pair.scale = writer.NewConstant(name + std::string(kLinearScaleSuffix), {*threshold});
      pair.quantized = writer.NewVar(block, name + ".quantized", output);
      pair.rounded = writer.NewVar(block, name + ".quantized.dequantized", output);
      pair.only_observer = true;
      writer.Write(pair, op, true);
      writer.List(pair.scale, op);
      for (const OpId reader : uses.readers(output)) rewrites.ReplaceInput(reader, "", name, {pair.rounded});
    }
  }
  return Queue(rewrites, &context.main->edits);
}

}  // namespace pdquant
