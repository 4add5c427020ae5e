#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/quantized_walk.h"
#include "base/shortest_text.h"
#include "paddle/data_types.h"
#include "paddle/op_role.h"
#include "pdquant/framework.pb.h"
#include "report/escape_formats.h"
#include "report/json_document.h"
#include "show/renderers.h"
#include "show/summary.h"
#include "text/op_text.h"
#include "text/tensor_text.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

constexpr char kSchema[] = "pdquant-show";

std::vector<std::string> NamesOf(const Index& index, const std::vector<VarId>& vars) {
  std::vector<std::string> names;
  names.reserve(vars.size());
  for (const VarId var : vars) names.push_back(NameText(index.name(index.var_name(var))));
  return names;
}

Json TypeName(std::string_view name, int32_t number) { return name.empty() ? Json(number) : Json(name); }

// Numbers that JSON doesn't have are texts.
Json FloatJson(float value) {
  if (!std::isfinite(value)) return ShortestText(value);
  return ShortestDouble(value);
}

Json TensorJson(const StoredTensor& tensor) {
  Json json = {{"number", tensor.number}};
  if (!tensor.name.empty()) json["name"] = NameText(tensor.name);
  json["offset"] = tensor.header.offset;
  json["data_type"] = DataTypeName(tensor.header.data_type);
  json["dims"] = tensor.header.dims;
  json["lod_levels"] = tensor.header.lod_levels;
  json["bytes"] = tensor.header.data_bytes;
  json["hash"] = tensor.summary.hash;
  if (!tensor.summary.min.empty()) {
    json["min"] = tensor.summary.min;
    json["max"] = tensor.summary.max;
  }
  if (tensor.summary.nan_count != 0) json["nan"] = tensor.summary.nan_count;
  return json;
}

template <typename F>
Status WriteRecords(F&& for_each, JsonDocument* document) {
  document->BeginList("parameters");
  Status status = for_each([&](const StoredTensor& tensor) { return document->Add(TensorJson(tensor)); });
  document->EndList(/*on_own_line=*/false);
  return status;
}

class ProgramWriter {
 public:
  ProgramWriter(const Index& index, const TextSink& sink)
      : index_(index),
        labels_(index),
        walk_(index, true),
        document_(kSchema, {{"kind", "program"}, {"summary", SummaryJson(index, Summarize(index))}}, sink) {}

  Status Write(ParameterReader* parameters) {
    document_.BeginList("blocks");
    walk_.Next();
    for (size_t b = 0; b < index_.program().blocks().size(); ++b) {
      if (!WriteBlock(b)) return {};
    }
    document_.EndList();
    if (parameters != nullptr) {
      Status status =
          WriteRecords([&](const TensorSink& take) { return ForEachParameter(parameters, take); }, &document_);
      if (!status.ok()) return status;
    }
    document_.End();
    return {};
  }

 private:
  bool WriteBlock(size_t b) {
    const Block& block = index_.program().block(b);
    document_.BeginEntry(
        {{"index", block.idx}, {"label", labels_.label(b)}, {"parent", block.parent}, {"forward", block.forward}});
    document_.BeginList("variables");
    for (uint32_t i = 0; i < block.var_count; ++i) {
      if (!document_.Add(VarJson(block.first_var + i))) return false;
    }
    document_.EndList();
    document_.BeginList("ops");
    for (uint32_t i = 0; i < block.op_count; ++i) {
      if (!document_.Add(OpJson(block.first_op + i, i))) return false;
      walk_.Next();
    }
    document_.EndList();
    return document_.EndEntry();
  }

  Json VarJson(VarId var) const {
    const VarView view = index_.program().var(var);
    std::string text;
    AppendVarType(view, &text);
    Json json = {{"name", NameText(index_.name(index_.var_name(var)))},
                 {"kind", TypeName(VarTypeName(view.kind()), view.kind())}};
    if (const auto tensor = view.lod_tensor()) {
      json["data_type"] = TypeName(VarTypeName(tensor->data_type), tensor->data_type);
      json["dims"] = tensor->dims;
      json["lod_level"] = tensor->lod_level;
    }
    json["type_text"] = NameText(text);
    json["persistable"] = index_.persistable(var);
    return json;
  }

  Json SlotsJson(std::span<const Argument> arguments) const {
    Json json = Json::array();
    NameId slot = kNoName;
    for (const Argument& argument : arguments) {
      if (argument.slot != slot)
        json.push_back({{"slot", NameText(index_.name(argument.slot))}, {"arguments", Json::array()}});
      slot = argument.slot;
      json.back()["arguments"].push_back(NameText(index_.name(argument.name)));
    }
    return json;
  }

  Json OpJson(OpId op, uint32_t number) const {
    constexpr const char* kParts[] = {"forward", "backward", "optimizer"};
    Json attributes = Json::array();
    index_.program().op(op).ForEachAttr([&](const AttrView& attr) { attributes.push_back(AttrJson(attr, labels_)); });
    return {{"number", number},
            {"type", NameText(index_.type(op))},
            {"part", kParts[static_cast<size_t>(PartForReader(index_, op))]},
            {"quantized", walk_.ComputesQuantized()},
            {"inputs", SlotsJson(index_.inputs(op))},
            {"outputs", SlotsJson(index_.outputs(op))},
            {"attributes", attributes}};
  }

  const Index& index_;
  BlockLabels labels_;
  QuantizedWalk walk_;
  JsonDocument document_;
};

}  // namespace

Json SummaryJson(const Index& index, const ProgramSummary& summary) {
  const Program& program = index.program();
  Json types = Json::array();
  for (const auto& type : summary.types) {
    types.push_back({{"type", NameText(type.type)},
                     {"count", type.count},
                     {"quantized", type.quantized},
                     {"quantizable_float", type.quantizable_float}});
  }
  Json quantizers = Json::array();
  for (const auto& quantizer : summary.quantizers) {
    quantizers.push_back({{"type", NameText(quantizer.type)},
                          {"of", quantizer.of_parameters ? "parameters" : "activations"},
                          {"bits", quantizer.bits},
                          {"count", quantizer.count}});
  }
  return {{"purpose", ToString(summary.purpose)},
          {"quantization",
           {{"text", DescribeQuantization(summary)},
            {"simulated", summary.simulated},
            {"frozen", summary.frozen},
            {"stores_integers", summary.stores_integers},
            {"onnx_form", summary.linear}}},
          {"paddle_version", program.has_version() ? Json(program.version()) : Json()},
          {"bytes", program.bytes().size()},
          {"blocks", program.blocks().size()},
          {"ops", program.op_count()},
          {"forward_ops", summary.forward_ops},
          {"backward_ops", summary.backward_ops},
          {"optimizer_ops", summary.optimizer_ops},
          {"variables", program.var_count()},
          {"persistable_tensors", summary.persistable_tensors},
          {"persistable_values", summary.values},
          {"persistable_bytes", summary.bytes},
          {"persistable_unknown", summary.unknown_sizes},
          {"trained", summary.trained},
          {"inputs", NamesOf(index, summary.inputs)},
          {"outputs", NamesOf(index, summary.outputs)},
          {"quantizers", quantizers},
          {"types", types}};
}

// The value where JSON can hold it; else the canonical text.
Json AttrJson(const AttrView& attr, const BlockLabels& labels) {
  Json json = {{"name", NameText(attr.name())}, {"type", TypeName(AttrTypeName(attr.type()), attr.type())}};
  if (const auto i = attr.AsInt()) {
    json["value"] = *i;
  } else if (const auto b = attr.AsBool()) {
    json["value"] = *b;
  } else if (const auto f = attr.AsFloat()) {
    json["value"] = FloatJson(*f);
  } else if (const auto s = attr.AsString()) {
    json["value"] = NameText(*s);
  } else if (attr.type() == proto::INTS) {
    json["value"] = attr.AsInts();
  } else if (attr.type() == proto::STRINGS) {
    json["value"] = Json::array();
    for (const std::string_view text : attr.AsStrings()) json["value"].push_back(NameText(text));
  } else {
    std::string text;
    AppendAttribute(attr, labels, &text);
    json["text"] = NameText(text);
  }
  return json;
}

Status WriteShowJson(const Index& index, ParameterReader* parameters, const TextSink& sink) {
  return ProgramWriter(index, sink).Write(parameters);
}

Status WriteShowJson(const ByteSource& records, const TextSink& sink) {
  JsonDocument document(kSchema, {{"kind", "parameters"}}, sink);
  Status status = WriteRecords([&](const TensorSink& take) { return ForEachRecord(records, take); }, &document);
  if (status.ok()) document.End();
  return status;
}

}  // namespace pdquant
