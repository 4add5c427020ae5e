#include "pir/import/op_import.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/escape.h"
#include "base/words.h"
#include "paddle/data_types.h"
#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/program.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kOperand = "import-operand";
constexpr std::string_view kType = "import-type";

const ValueState kLostState = {ValueState::Kind::kLost, kLostVar, kNone, kNone};

std::string Number(size_t position) { return "operand " + std::to_string(position); }

}  // namespace

void OpImport::Refuse(std::string_view code, std::string text, std::string hint) {
  is_refused_ = true;
  // What couldn't be read has its own finding.
  if (!op().is_damaged) context_->reasons->Add(id_, code, std::move(text), std::move(hint));
}

// --- Operands

bool OpImport::HasOperands(size_t count) {
  if (operand_count() == count) return true;
  Refuse(kOperand, "has " + Counted(operand_count(), "operand") + ", and takes " + std::to_string(count));
  return false;
}

bool OpImport::IsAbsent(size_t operand) const {
  return operand >= operand_count() || program().OperandsOf(op())[operand].id == 0;
}

const ValueState& OpImport::State(size_t operand) const {
  if (IsAbsent(operand)) return kLostState;
  const ValueId value = program().OperandsOf(op())[operand].value;
  return value == kNone ? kLostState : context_->states[value];
}

VarId OpImport::Tensor(size_t operand) {
  if (IsAbsent(operand)) {
    Refuse(kOperand, Number(operand) + " is missing");
    return kLostVar;
  }
  const ValueState& state = State(operand);
  switch (state.kind) {
    case ValueState::Kind::kVar:
      if (draft().var(state.var).kind == proto::VarType::LOD_TENSOR) return state.var;
      Refuse(kOperand, Number(operand) + " is an array of tensors, and has to be a tensor");
      return kLostVar;
    case ValueState::Kind::kList:
      Refuse(kOperand, Number(operand) + " is a list, and has to be a tensor");
      return kLostVar;
    case ValueState::Kind::kNotInFile:
      Refuse("import-parameter", Number(operand) +
                                     " is a parameter that isn't persistable: the parameter file doesn't "
                                     "have it, and nobody knows its values");
      return kLostVar;
    case ValueState::Kind::kUnknown:
      if (!context_->is_sound) break;
      Refuse(kOperand, Number(operand) + " is a result that has no counterpart in a ProgramDesc");
      return kLostVar;
    case ValueState::Kind::kLost:
      break;
  }
  is_refused_ = true;
  return kLostVar;
}

VarId OpImport::Array(size_t operand) {
  const ValueState& state = State(operand);
  if (state.kind == ValueState::Kind::kLost) {
    is_refused_ = true;
    return kLostVar;
  }
  if (state.kind == ValueState::Kind::kVar && draft().var(state.var).kind == proto::VarType::LOD_TENSOR_ARRAY)
    return state.var;
  Refuse(kOperand, Number(operand) + " has to be an array of tensors");
  return kLostVar;
}

const Constant* OpImport::ConstantOf(size_t operand) const {
  const uint32_t constant = State(operand).constant;
  return constant == kNone ? nullptr : &context_->constants[constant];
}

const std::vector<ListMember>* OpImport::ListOf(size_t operand) const {
  const ValueState& state = State(operand);
  return state.kind == ValueState::Kind::kList ? &context_->lists[state.list] : nullptr;
}

int32_t OpImport::ElementOf(size_t operand) const {
  const ValueState& state = State(operand);
  return state.kind == ValueState::Kind::kVar ? context_->draft.var(state.var).element : -1;
}

// --- Attributes

std::nullopt_t OpImport::RefuseAttribute(std::string_view name, const std::string& why) {
  Refuse("import-attribute", "the attribute " + Quote(name) + why);
  return std::nullopt;
}

const Attr* OpImport::TakeAttr(std::string_view name, bool may_be_missing) {
  const auto attrs = program().AttrsOf(op());
  for (size_t i = 0; i < attrs.size(); ++i) {
    if (is_taken_[i] || program().text(attrs[i].name) != name) continue;
    is_taken_[i] = true;
    return &attrs[i];
  }
  if (!may_be_missing) RefuseAttribute(name, " is missing");
  return nullptr;
}

const Attr* OpImport::FindAttr(std::string_view name) const {
  for (const Attr& attr : program().AttrsOf(op())) {
    if (program().text(attr.name) == name) return &attr;
  }
  return nullptr;
}

std::optional<Numbers> OpImport::TakeNumbers(std::string_view name) {
  const Attr* attr = TakeAttr(name);
  if (attr == nullptr) return std::nullopt;
  auto numbers = NumbersOf(program(), *attr);
  if (!numbers) RefuseAttribute(name, " holds no number");
  return numbers;
}

std::optional<int64_t> OpImport::TakeInteger(std::string_view name) {
  const auto numbers = TakeNumbers(name);
  if (!numbers) return std::nullopt;
  if (!numbers->is_list && !numbers->is_float && !numbers->is_bool) return numbers->integers[0];
  return RefuseAttribute(name, " is no integer");
}

std::optional<bool> OpImport::TakeBool(std::string_view name) {
  const Attr* attr = TakeAttr(name);
  if (attr == nullptr) return std::nullopt;
  if (attr->kind == Attr::Kind::kBool) return attr->integer != 0;
  return RefuseAttribute(name, " is no bool");
}

std::optional<std::string_view> OpImport::TakeString(std::string_view name) {
  const Attr* attr = TakeAttr(name);
  if (attr == nullptr) return std::nullopt;
  if (attr->kind == Attr::Kind::kString || attr->kind == Attr::Kind::kLayout) return program().text(attr->text);
  return RefuseAttribute(name, " is no text");
}

std::optional<int32_t> OpImport::TakeDataType(std::string_view name, std::optional<int32_t> undefined) {
  const Attr* attr = TakeAttr(name);
  if (attr == nullptr) return std::nullopt;
  if (attr->kind != Attr::Kind::kDataType) return RefuseAttribute(name, " is no data type");
  const std::string_view word = program().text(attr->text);
  if (const auto type = FindDataTypeWord(word)) return type;
  if (undefined && word.starts_with("Undefined")) return undefined;
  return RefuseAttribute(name, " is the data type " + Quote(word) + ", which a ProgramDesc can't say");
}

void OpImport::FinishAttributes() {
  const auto attrs = program().AttrsOf(op());
  for (size_t i = 0; i < attrs.size(); ++i) {
    const std::string_view name = program().text(attrs[i].name);
    if (is_taken_[i] || IsNoteAttribute(name)) continue;
    RefuseAttribute(name, " isn't known: what it says would be lost");
  }
}

// --- Results

bool OpImport::HasResults(size_t count) {
  if (result_count() == count) return true;
  Refuse(kOperand, "has " + Counted(result_count(), "result") + ", and makes " + std::to_string(count));
  return false;
}

const Type& OpImport::ResultType(size_t result) const {
  return program().TypeOf(op().results.begin + static_cast<uint32_t>(result));
}

VarId OpImport::Define(size_t result) {
  const auto output = context_->output_names.find(op().results.begin + static_cast<ValueId>(result));
  return DefineNamed(result, output == context_->output_names.end() ? std::string_view() : output->second);
}

VarId OpImport::DefineNamed(size_t result, std::string_view name) {
  const ValueId value = op().results.begin + static_cast<uint32_t>(result);
  const Type& type = program().TypeOf(value);
  if (!type.is_tensor() || type.element < 0) {
    Refuse(kType, "result " + std::to_string(result) +
                      (type.kind == Type::Kind::kList ? " is a list, and has to be a tensor"
                                                      : " is no dense tensor that a ProgramDesc can declare"));
    return kLostVar;
  }
  DraftVar var;
  var.name = !name.empty() ? std::string(name) : BaseName() + "_" + std::to_string(program().values[value].id);
  var.block = block_;
  var.kind = proto::VarType::LOD_TENSOR;
  var.element = type.element;
  // Paddle multiplies an unknown number into some types: -4 is unknown as well.
  for (const int64_t dim : type.dims) var.dims.push_back(std::max(dim, int64_t{-1}));
  var.lod_levels = type.lod_levels;
  MakeScalar(&var);
  const VarId made = draft().AddVar(std::move(var), !name.empty());
  Alias(result, made);
  return made;
}

std::vector<VarId> OpImport::DefineList(size_t result) {
  const ValueId value = op().results.begin + static_cast<uint32_t>(result);
  const Type& type = program().TypeOf(value);
  std::vector<VarId> vars;
  if (type.kind != Type::Kind::kList) {
    Refuse(kType, "result " + std::to_string(result) + " is no list");
    return vars;
  }
  std::vector<ListMember> members;
  for (size_t i = 0; i < type.items.size(); ++i) {
    const Type& item = program().types[type.items[i]];
    if (!item.is_tensor() || item.element < 0) {
      Refuse(kType, "result " + std::to_string(result) + " is a list of what are no dense tensors");
      return {};
    }
    DraftVar var;
    var.name = BaseName() + "_" + std::to_string(program().values[value].id) + "." + std::to_string(i);
    var.block = block_;
    var.kind = proto::VarType::LOD_TENSOR;
    var.element = item.element;
    var.dims = item.dims;
    var.lod_levels = item.lod_levels;
    MakeScalar(&var);
    vars.push_back(draft().AddVar(std::move(var)));
    members.push_back({vars.back(), kNone});
  }
  AliasList(result, std::move(members));
  return vars;
}

void OpImport::Alias(size_t result, VarId var) {
  ValueState& state = ResultState(result);
  state.kind = var == kLostVar ? ValueState::Kind::kLost : ValueState::Kind::kVar;
  state.var = var;
}

void OpImport::AliasList(size_t result, std::vector<ListMember> members) {
  ValueState& state = ResultState(result);
  state.kind = ValueState::Kind::kList;
  state.list = static_cast<uint32_t>(context_->lists.size());
  context_->lists.push_back(std::move(members));
}

VarId OpImport::Helper(std::string_view what, int32_t element, std::vector<int64_t> dims) {
  DraftVar var;
  const int64_t number = result_count() == 0 ? int64_t{id_} : program().values[op().results.begin].id;
  var.name = BaseName() + "_" + std::to_string(number) + "." + std::string(what);
  var.block = block_;
  var.kind = proto::VarType::LOD_TENSOR;
  var.element = element;
  var.dims = std::move(dims);
  return draft().AddVar(std::move(var));
}

VarId OpImport::HelperLike(std::string_view what, const Type& type) {
  const VarId var = Helper(what, type.element, type.dims);
  MakeScalar(&draft().var(var));
  return var;
}

void OpImport::MakeScalar(DraftVar* var) const {
  if (context_->options.target != ImportTarget::kLite || !var->dims.empty()) return;
  const Op& pir_op = op();
  if (pir_op.parameter != kNone || IsInputOp(program().text(pir_op.name))) return;
  var->dims = {1};
  var->is_scalar = true;
}

void OpImport::Add(OpDraft draft_op) {
  const std::string_view scope = program().ScopeOf(op());
  if (!scope.empty()) draft_op.Set(attributes::kOpNamescope, scope);
  draft().AddOp(block_, draft_op);
}

VarId OpImport::CastTo(VarId var, int32_t element, std::string_view what) {
  const int32_t from = draft().var(var).element;
  if (from == element || var == kLostVar) return var;
  const VarId made = Helper(what, element, draft().var(var).dims);
  draft().var(made).is_scalar = draft().var(var).is_scalar;
  OpDraft cast(op_types::kCast, var, made);
  cast.Set(attributes::kInDtype, from);
  cast.Set(attributes::kOutDtype, element);
  Add(std::move(cast));
  return made;
}

void OpImport::AddReshapeToOnes(VarId from, VarId to) {
  const std::vector<int32_t> ones(draft().var(to).dims.size(), 1);
  OpDraft reshape(op_types::kReshape2, from, to);
  reshape.Output(slots::kXShape, Helper("one.XShape", draft().var(from).element, {0}));
  reshape.Set(attributes::kShape, std::span<const int32_t>(ones));
  Add(std::move(reshape));
}

}  // namespace pdquant::pir
