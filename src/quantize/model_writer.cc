#include "quantize/model_writer.h"

#include <utility>

#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

ModelWriter::ModelWriter(const Index& index, Edits* edits, OpRewrites* rewrites, ParameterPlans* plans)
    : index_(index), edits_(edits), rewrites_(rewrites), plans_(plans), names_(index) {
  test_form_.for_test = true;
}

std::string ModelWriter::NewVar(size_t block, const std::string& name, VarId like) {
  std::string chosen = names_.New(name);
  edits_->AddVar(block, EncodeVarOfType(chosen, index_.program().var(like).type_fields(), false));
  return chosen;
}

std::string ModelWriter::NewConstant(const std::string& name, std::vector<float> values, bool as_integers) {
  std::string chosen = names_.New(name);
  const int32_t type = as_integers ? proto::VarType::INT32 : proto::VarType::FP32;
  edits_->AddVar(0, EncodeTensorVar(chosen, type, static_cast<int64_t>(values.size()), true));
  (*plans_)[chosen] = ConstantPlan(std::move(values), as_integers);
  return chosen;
}

void ModelWriter::List(const std::string& parameter, OpId reader) {
  for (size_t b = index_.program().BlockOfOp(reader); b != 0 && b != kNoBlock;) {
    if (!flow_) flow_.emplace(index_);
    const Body& body = flow_->body(b);
    if (body.control == nullptr) return;
    rewrites_->AddInput(body.runner, body.control->inputs, parameter);
    b = body.outer;
  }
}

FormValue ModelWriter::ValueOf(const Pair& pair, OpId at, bool back_only) {
  FormValue value;
  value.scale_kind = FindScaleKindOfOp(op_types::kQuantizeLinear);
  value.source = pair.source;
  value.names.quantized = pair.quantized;
  value.names.dequantized = pair.rounded;
  value.bits = pair.bits;
  value.axis = pair.axis;
  value.scale_variables.assign(value.scale_kind->variables.size(), pair.scale);
  for (size_t i = 0; i < value.scale_variables.size(); ++i) {
    const NamedAfter named = value.scale_kind->variables[i].named;
    const bool of_first = named == NamedAfter::kQuantized;
    if ((!of_first && named != NamedAfter::kDequantized) || (of_first && back_only)) continue;
    const std::string& after = of_first ? pair.quantized : pair.rounded;
    value.scale_variables[i] =
        NewConstant(after + std::string(kZeroPointSuffix), std::vector<float>(pair.channels), true);
    List(value.scale_variables[i], at);
  }
  return value;
}

void ModelWriter::Insert(const ScaleOp& scale_op, const FormValue& value, OpId at, bool behind, bool only_observer) {
  BuildScaleOp(scale_op, value, test_form_, Serving(index_, at), &op_);
  if (only_observer) op_.Bool(attributes::kOnlyObserver, true);
  behind ? edits_->InsertOpAfter(at, op_.message()) : edits_->InsertOpBefore(at, op_.message());
}

void ModelWriter::Write(const Pair& pair, OpId at, bool behind) {
  const FormValue value = ValueOf(pair, at, false);
  Insert(value.scale_kind->quantize_op(), value, at, behind, pair.only_observer);
  Insert(value.scale_kind->back_ops.back(), value, at, behind, pair.only_observer);
}

void ModelWriter::WriteBack(const Pair& pair, OpId before) {
  const FormValue value = ValueOf(pair, before, true);
  Insert(value.scale_kind->back_ops.back(), value, before);
}

void ModelWriter::Write(const FormValue& value, OpId before) {
  Insert(value.scale_kind->quantize_op(), value, before);
  for (const ScaleOp& scale_op : value.scale_kind->back_ops) Insert(scale_op, value, before);
}

}  // namespace pdquant
