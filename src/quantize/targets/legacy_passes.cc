// The passes over frozen products, and over weights that they share.
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "ir/edit/builder.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "quantize/forms/form.h"
#include "quantize/forms/op_templates.h"
#include "quantize/model_writer.h"
#include "quantize/targets/target_passes.h"
#include "quantize/weights/planned_values.h"
#include "quantize/weights/product_channels.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// A parameter with the values of another one.
std::string CopyParameter(const Index& index, VarId parameter, const PlannedParameters& parameters, ModelWriter* writer,
                          Edits* edits) {
  const std::string source = index.NameOf(parameter);
  std::string name = writer->names()->New(source);
  const VarView view = index.program().var(parameter);
  const auto tensor = view.lod_tensor();
  edits->AddVar(0, RetypeTensorVar(view, name, tensor ? tensor->data_type : proto::VarType::FP32));
  const auto plan = parameters.plans->find(source);
  if (plan != parameters.plans->end()) {
    (*parameters.plans)[name] = plan->second;
  } else {
    ParameterPlan copy;
    copy.how = ParameterPlan::How::kCopy;
    copy.source = source;
    copy.is_weight = false;
    (*parameters.plans)[name] = copy;
  }
  return name;
}

}  // namespace

Result<Outcome> OwnWeightsPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  Edits& edits = context.main->edits;
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &edits, &rewrites, parameters_.plans);
  std::set<VarId> taken;
  for (const IntegerProduct& product : values.products()) {
    if (!IsMatrixProduct(product.kind->type)) continue;
    for (const IntegerProduct::Operand& operand : product.operands) {
      if (operand.quantize != kNoOp || operand.var != operand.parameter) continue;
      if (taken.insert(operand.parameter).second) continue;
      const std::string copy = CopyParameter(index, operand.parameter, parameters_, &writer, &edits);
      rewrites.ReplaceInput(product.op, index.name(operand.slot), index.NameOf(operand.parameter), {copy});
      writer.List(copy, product.op);
    }
  }
  // In the linear form each further reader of a weight gets the op that scales it back, too.
  PlannedValues stored(parameters_.values, parameters_.plans);
  for (const QuantizedValue& value : values.values()) {
    if (!value.is_stored() || !value.kind->linear()) continue;
    for (const OpId reader : uses.readers(value.rounded)) {
      if (!IsMatrixProduct(index.type(reader))) continue;
      if (taken.insert(value.source).second) continue;
      const std::string copy = CopyParameter(index, value.source, parameters_, &writer, &edits);
      const size_t block = index.program().BlockOfOp(reader);
      ModelWriter::Pair pair;
      pair.quantized = copy;
      pair.rounded = writer.NewVar(block, copy + ".quantized.dequantized", value.rounded);
      pair.scale = index.NameOf(value.scale);
      const Result<size_t> channels = stored.CountAlong(pair.scale, kWholeTensor);
      if (!channels.ok()) return Refuse(context, reader, channels.status());
      pair.channels = *channels;
      pair.bits = value.bits;
      pair.axis = value.axis;
      writer.WriteBack(pair, reader);
      rewrites.ReplaceInput(reader, "", index.NameOf(value.rounded), {pair.rounded});
      for (const std::string& name : {copy, pair.scale}) writer.List(name, reader);
    }
  }
  return Queue(rewrites, &edits);
}

Result<Outcome> OwnChannelScalesPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  Edits& edits = context.main->edits;
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &edits, &rewrites, parameters_.plans);
  std::set<VarId> taken;
  for (const IntegerProduct& product : values.products()) {
    for (const IntegerProduct::Scaling& scaling : product.scalings) {
      if (!scaling.kind->per_channel || taken.insert(scaling.scales[0]).second) continue;
      const std::string copy = CopyParameter(index, scaling.scales[0], parameters_, &writer, &edits);
      rewrites.ReplaceInput(scaling.op, scaling.kind->scale, index.NameOf(scaling.scales[0]), {copy});
      writer.List(copy, scaling.op);
    }
  }
  return Queue(rewrites, &edits);
}

Result<Outcome> ChannelProductsPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  Edits& edits = context.main->edits;
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  OpRewrites rewrites(index.program());
  ModelWriter writer(index, &edits, &rewrites, parameters_.plans);
  OpBuilder builder;
  PlannedValues stored(parameters_.values, parameters_.plans);
  for (const IntegerProduct& product : values.products()) {
    if (!IsConvolution(product.kind->type) || product.scalings.size() != 1 || product.operands.size() != 2) continue;
    const IntegerProduct::Scaling& scaling = product.scalings[0];
    if (scaling.kind->per_channel) continue;
    const size_t activated = product.operands[0].quantize != kNoOp ? 0 : 1;
    const IntegerProduct::Operand& activation = product.operands[activated];
    const IntegerProduct::Operand& weight = product.operands[1 - activated];
    if (activation.quantize == kNoOp || weight.parameter == kNoVar || weight.axis == kWholeTensor) continue;
    const int32_t activation_bits = index.program().op(activation.quantize).IntOr(attributes::kBitLength, 8);
    constexpr int32_t kWeightBits = 8;
    // max_range = R_w · R_a / s_w.
    const double scale = static_cast<double>(MaxInteger(kWeightBits)) * MaxInteger(activation_bits) /
                         static_cast<double>(scaling.max_range);
    if (!(std::fabs(scale) <= static_cast<double>(std::numeric_limits<float>::max())))
      return Refuse(context, scaling.op,
                    BadInput("its " + std::string(attributes::kMaxRange) +
                             " makes a scale of the channels that is no finite number"));
    const QuantizableOperand& filter = product.kind->operands()[*product.kind->OperandIn(slots::kFilter)];
    const std::string parameter = index.NameOf(weight.parameter);
    const Result<size_t> channels = stored.CountAlong(parameter, weight.axis);
    if (!channels.ok()) return Refuse(context, product.op, channels.status());
    const Result<size_t> groups = GroupsOfChannels(index, product.op, filter, parameter, *channels, &stored);
    if (!groups.ok()) return Refuse(context, product.op, groups.status());
    const std::string scales = writer.NewConstant(index.NameOf(product.output) + ".channel_scale",
                                                  std::vector<float>(*channels * *groups, static_cast<float>(scale)));
    const std::array<int32_t, 2> both = {kWeightBits, activation_bits};
    BuildDequantizeProduct(index.NameOf(product.output), {scales, index.NameOf(scaling.scales[0])},
                           index.NameOf(product.scaled), both, 1, filter.channel_axis, Serving(index, scaling.op),
                           &builder);
    edits.InsertOpBefore(scaling.op, builder.message());
    edits.RemoveOp(scaling.op);
    writer.List(scales, scaling.op);
  }
  return Queue(rewrites, &edits);
}

}  // namespace pdquant
