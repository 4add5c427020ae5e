// Parameters, inputs and outputs.
#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"
#include "pir/program.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kInputCode = "import-input";

bool IsHolder(std::string_view name) { return name == op_types::kFeed || name == op_types::kFetch; }

// The shape that the command line gives an input; false where it can't have it.
bool GiveShape(OpImport* op, const std::string& name, std::vector<int64_t>* dims) {
  const auto& shapes = op->context().options.input_shapes;
  const auto given = shapes.find(name);
  if (given == shapes.end()) return true;
  bool fits = given->second.size() == dims->size();
  for (size_t i = 0; fits && i < dims->size(); ++i) fits = (*dims)[i] == -1 || (*dims)[i] == given->second[i];
  if (fits) *dims = given->second;
  return fits;
}

void AddFeed(OpImport* op, VarId var, int64_t column) {
  OpDraft feed(op_types::kFeed, op->context().feed_holder, var);
  feed.Set(attributes::kColumn, static_cast<int32_t>(column));
  op->Add(std::move(feed));
}

}  // namespace

void ImportParameter(OpImport* op) {
  const Parameter& parameter = op->program().parameters[op->op().parameter];
  const std::string name(op->program().text(parameter.name));
  if (parameter.is_distributed) op->Refuse("import-parameter", "a parameter of distributed training");
  if (!parameter.is_persistable) {
    op->ResultState(0).kind = ValueState::Kind::kNotInFile;
    return;
  }
  if (IsHolder(name))
    return op->Refuse("import-parameter",
                      "a parameter with the name " + Quote(name) + ", which a ProgramDesc has for itself");
  const Type& type = op->ResultType(0);
  if (type.lod_levels != 0) op->Refuse("import-type", "a parameter with LoD");
  const VarId var = op->DefineNamed(0, name);
  if (var == kLostVar) return;
  if (std::any_of(type.dims.begin(), type.dims.end(), [](int64_t dim) { return dim < 0; }))
    op->Refuse("import-type", "a parameter whose shape isn't known");
  op->draft().var(var).is_persistable = true;
  op->draft().var(var).is_parameter = true;
}

void ImportData(OpImport* op) {
  if (!op->HasOperands(0) || !op->HasResults(1)) return;
  if (op->block() != 0) return op->Refuse(kInputCode, "an input inside a block");
  const bool is_data = op->row().name != op_types::kFeed;
  const auto name = op->TakeString(kNameAttribute);
  int64_t column = static_cast<int64_t>(op->context().inputs.size());
  if (is_data) {
    const auto shape = op->TakeNumbers(attributes::kShape);
    const auto element = op->TakeDataType(attributes::kDtype);
    op->DropAttr("place");
    const Type& type = op->ResultType(0);
    if (shape && element && (type.dims != shape->integers || type.element != *element))
      op->Refuse("import-type", "the type of the result is not the one that the attributes say");
  } else {
    column = op->TakeInteger(attributes::kColumn).value_or(0);
    if (column < 0 || column > INT32_MAX) op->Refuse(kInputCode, "its column is no number of an input");
  }
  op->FinishAttributes();
  if (op->is_refused()) return;
  if (IsHolder(*name))
    return op->Refuse(kInputCode, "an input with the name " + Quote(*name) + ", which a ProgramDesc has for itself");
  const VarId var = op->DefineNamed(0, *name);
  if (var == kLostVar) return;
  DraftVar& declared = op->draft().var(var);
  declared.is_input = true;
  if (!GiveShape(op, std::string(*name), &declared.dims)) {
    return op->Refuse(kInputCode,
                      "the shape that --input-shape gives " + Quote(*name) + " is not one of those that it may have");
  }
  if (!op->context().input_columns.insert(column).second)
    return op->Refuse(kInputCode, "an input in the column " + std::to_string(column) + ", which another input has");
  op->context().inputs.emplace_back(*name);
  AddFeed(op, var, column);
}

void ImportFetch(OpImport* op) {
  op->TakeString(kNameAttribute);
  const auto column = op->TakeInteger(attributes::kColumn);
  op->FinishAttributes();
  if (!op->HasOperands(1)) return;
  if (op->block() != 0) return op->Refuse("import-output", "an output inside a block");
  VarId var = op->Tensor(0);
  op->context().outputs.push_back({column.value_or(-1), var, op->id()});
  if (op->is_refused()) return;
  // The name that Paddle 3 has for the output. A value that is two outputs, or an input or a parameter, is copied.
  const std::string& name = op->context().fetch_names[op->id()];
  if (op->draft().var(var).name != name) {
    DraftVar copied = op->draft().var(var);
    copied.name = name;
    copied.is_persistable = copied.is_parameter = copied.is_input = false;
    const VarId copy = op->draft().AddVar(std::move(copied), true);
    op->Add(OpDraft(op_types::kAssign, var, copy));
    var = copy;
  }
  op->context().outputs.back().var = var;
}

// The fetch ops stand at the end, in the order of their columns.
void FinishOutputs(Context* context) {
  auto& outputs = context->outputs;
  std::stable_sort(outputs.begin(), outputs.end(), [](const auto& a, const auto& b) { return a.column < b.column; });
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].column != static_cast<int64_t>(i)) {
      context->reasons->Add(
          outputs[i].op, "import-output",
          "the columns of the outputs are not 0 to " + std::to_string(outputs.size() - 1) + ", each once");
      return;
    }
    OpDraft fetch(op_types::kFetch, outputs[i].var, context->fetch_holder);
    fetch.Set(attributes::kColumn, static_cast<int32_t>(i));
    context->draft.AddOp(0, fetch);
  }
}

}  // namespace pdquant::pir
