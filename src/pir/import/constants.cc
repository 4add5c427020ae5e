// full, full_int_array and assign_value. A constant is a variable that an op fills, and known besides: an op that takes
// it as an attribute doesn't read the variable, and an op that nobody reads goes (Draft::RemoveUnread).
#include <cmath>
#include <limits>
#include <utility>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "paddle/data_types.h"
#include "paddle/import/import_names.h"
#include "paddle/tensor_ops.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"

namespace pdquant::pir {
namespace {

using proto::VarType;

constexpr std::string_view kCode = "import-constant";

bool FitsElement(int64_t value, int32_t element) {
  switch (element) {
    case VarType::BOOL:
    case VarType::INT64:
      return true;
    case VarType::INT32:
      return value == static_cast<int32_t>(value);
    case VarType::INT16:
      return value == static_cast<int16_t>(value);
    case VarType::INT8:
      return value == static_cast<int8_t>(value);
    case VarType::UINT8:
      return value == static_cast<uint8_t>(value);
    default:
      return false;
  }
}

void SetFillValue(const Constant& constant, OpDraft* fill) {
  const double number = constant.is_float ? constant.number : static_cast<double>(constant.integers[0]);
  fill->Set(attributes::kValue, static_cast<float>(number));
  const std::string text = constant.is_float ? ShortestText(number) : std::to_string(constant.integers[0]);
  fill->Set(attributes::kStrValue, std::string_view(text));
}

// fill_constant reads an integer as a double, in 2.6 and 3.
bool FitsFill(const Constant& constant) {
  return constant.is_float || ToInteger(static_cast<double>(constant.integers[0])) == constant.integers[0];
}

// assign_value has integers of 64 bits, one for each element, and makes no tensor without dimensions.
void AddExact(OpImport* op, VarId var, int64_t value, bool is_removable) {
  constexpr size_t kMostValues = 1024;
  const DraftVar& made = op->draft().var(var);
  const auto count = ElementCount(made.dims);
  if (made.dims.empty() || !count || *count > kMostValues) {
    return op->Refuse(kCode, "its value " + std::to_string(value) +
                                 " is none that a double holds, which is what fill_constant fills such a tensor with");
  }
  OpDraft assign(op_types::kAssignValue);
  assign.Output(slots::kOut, var);
  assign.Set(attributes::kDtype, made.element);
  const std::vector<int32_t> shape(made.dims.begin(), made.dims.end());
  assign.Set(attributes::kShape, std::span<const int32_t>(shape));
  const std::vector<int64_t> values(static_cast<size_t>(*count), value);
  assign.Set(attributes::kInt64Values, std::span<const int64_t>(values));
  if (is_removable) assign.MakeRemovable();
  op->Add(std::move(assign));
}

void AddFill(OpImport* op, VarId var, const Constant& constant, bool is_removable) {
  const DraftVar& filled = op->draft().var(var);
  if (!FitsFill(constant) && ElementCount(filled.dims) != 0)
    return AddExact(op, var, constant.integers[0], is_removable);
  OpDraft fill(op_types::kFillConstant);
  fill.Output(slots::kOut, var);
  fill.Set(attributes::kShape, std::span<const int64_t>(filled.dims));
  fill.Set(attributes::kDtype, filled.element);
  SetFillValue(constant, &fill);
  if (is_removable) fill.MakeRemovable();
  op->Add(std::move(fill));
}

void Remember(OpImport* op, Constant constant) {
  op->ResultState(0).constant = static_cast<uint32_t>(op->context().constants.size());
  op->context().constants.push_back(std::move(constant));
}

// Gives a variable another shape than its type says.
void SetShape(OpImport* op, VarId var, std::vector<int64_t> dims) {
  DraftVar& declared = op->draft().var(var);
  declared.dims = std::move(dims);
  declared.is_scalar = false;
  op->MakeScalar(&declared);
}

// Makes the variable, of the shape that the attributes say: where a loop reads a constant, its declared shape is that
// of the loop's variable. kLostVar where the type of its elements isn't the declared one.
VarId DefineConstant(OpImport* op, const Constant& constant) {
  if (op->ResultType(0).element != constant.element) {
    op->Refuse("import-type", "the type of the result is not the one that the attributes say");
    return kLostVar;
  }
  const VarId var = op->Define(0);
  if (var != kLostVar) SetShape(op, var, constant.dims);
  return var;
}

std::string ValueText(const Numbers& number) {
  return number.is_float ? ShortestText(number.floats[0]) : std::to_string(number.integers[0]);
}

void ImportFull(OpImport* op) {
  const Attr* shape_attr = op->TakeAttr(attributes::kShape);
  const auto numbers = op->TakeNumbers(attributes::kValue);
  const auto element = op->TakeDataType(attributes::kDtype);
  op->DropAttr("place");
  const auto shape = shape_attr == nullptr ? std::nullopt : NumbersOf(op->program(), *shape_attr);
  if (op->is_refused() || !shape || numbers->size() != 1 || numbers->is_list)
    return op->Refuse(kCode, "its shape or its value is none");
  if (!shape->is_list || shape->is_float || shape->is_bool)
    return op->Refuse(kCode, "its shape is no list of integers");
  Constant constant;
  constant.element = *element;
  constant.dims = shape->integers;
  constant.is_float = IsFloatType(*element);
  constant.number = numbers->is_float ? numbers->floats[0] : static_cast<double>(numbers->integers[0]);
  if (!constant.is_float) {
    // A double doesn't hold every integer of 64 bits.
    auto integer = numbers->is_float ? ToInteger(constant.number) : std::optional(numbers->integers[0]);
    if (integer && *element == VarType::BOOL) integer = constant.number != 0 ? 1 : 0;
    if (!integer || !FitsElement(*integer, *element))
      return op->Refuse(
          kCode, "its value " + ValueText(*numbers) + " is none of the type " + std::string(DataTypeWord(*element)));
    constant.integers.push_back(*integer);
  } else if (*element != VarType::FP64 && std::abs(constant.number) > std::numeric_limits<float>::max()) {
    return op->Refuse(kCode, "its value " + ShortestText(constant.number) + " is out of a float's range");
  }
  for (const int64_t dim : constant.dims) {
    if (dim < 0) return op->Refuse(kCode, "its shape has a dimension below 0");
  }
  if (!ElementCount(constant.dims)) return op->Refuse(kCode, "its shape has more elements than a tensor can have");
  const VarId var = DefineConstant(op, constant);
  if (var == kLostVar) return;
  AddFill(op, var, constant, true);
  Remember(op, std::move(constant));
}

void ImportIntArray(OpImport* op) {
  const auto numbers = op->TakeNumbers(attributes::kValue);
  const auto element = op->TakeDataType(attributes::kDtype);
  op->DropAttr("place");
  if (op->is_refused()) return;
  if (!numbers->is_list || numbers->is_float || numbers->is_bool)
    return op->Refuse(kCode, "its values are no integers");
  if (*element != VarType::INT64 && *element != VarType::INT32)
    return op->Refuse(kCode, "its values are of the type " + std::string(DataTypeWord(*element)));
  Constant constant;
  constant.element = *element;
  constant.dims = {static_cast<int64_t>(numbers->integers.size())};
  constant.integers = numbers->integers;
  const VarId var = DefineConstant(op, constant);
  if (var == kLostVar) return;
  if (constant.integers.empty()) {
    Constant nothing = constant;
    nothing.integers.assign(1, 0);
    AddFill(op, var, nothing, true);
  } else {
    OpDraft assign(op_types::kAssignValue);
    assign.Output(slots::kOut, var);
    const auto size = static_cast<int32_t>(constant.integers.size());
    assign.Set(attributes::kShape, std::span<const int32_t>(&size, 1));
    assign.Set(attributes::kDtype, *element);
    const bool is_wide = *element == VarType::INT64;
    const std::string wrong =
        SetNumbers(is_wide ? attributes::kInt64Values : attributes::kInt32Values,
                   is_wide ? AttributeType::kLongs : AttributeType::kInts, *numbers, false, &assign);
    if (!wrong.empty()) return op->Refuse(kCode, "its value " + wrong);
    assign.MakeRemovable();
    op->Add(std::move(assign));
  }
  Remember(op, std::move(constant));
}

// All elements are equal: fill_constant makes any type and any shape.
bool IsUniform(const Numbers& numbers) {
  for (size_t i = 1; i < numbers.size(); ++i) {
    if (numbers.is_float ? numbers.floats[i] != numbers.floats[0] : numbers.integers[i] != numbers.integers[0])
      return false;
  }
  return numbers.size() != 0;
}

// The values, in the type of the elements.
bool Convert(int32_t element, const Numbers& from, Numbers* to) {
  to->is_list = true;
  to->is_float = IsFloatType(element);
  for (size_t i = 0; i < from.size(); ++i) {
    const double number = from.is_float ? from.floats[i] : static_cast<double>(from.integers[i]);
    if (to->is_float) {
      to->floats.push_back(number);
      continue;
    }
    auto integer = from.is_float ? ToInteger(number) : std::optional(from.integers[i]);
    if (integer && element == VarType::BOOL) integer = number != 0 ? 1 : 0;
    if (!integer || !FitsElement(*integer, element)) return false;
    to->integers.push_back(*integer);
  }
  return true;
}

void AddAssignValue(OpImport* op, VarId var, const Numbers& shape, int32_t element, const Numbers& values) {
  OpDraft assign(op_types::kAssignValue);
  assign.Output(slots::kOut, var);
  assign.Set(attributes::kDtype, element);
  std::string wrong = SetNumbers(attributes::kShape, AttributeType::kInts, shape, false, &assign);
  switch (element) {
    case VarType::FP32:
      wrong += SetNumbers(attributes::kFloatValues, AttributeType::kFloats, values, false, &assign);
      break;
    case VarType::INT64:
      wrong += SetNumbers(attributes::kInt64Values, AttributeType::kLongs, values, false, &assign);
      break;
    case VarType::INT32:
      wrong += SetNumbers(attributes::kInt32Values, AttributeType::kInts, values, false, &assign);
      break;
    case VarType::BOOL:
      wrong += SetNumbers(attributes::kBoolValues, AttributeType::kInts, values, false, &assign);
      break;
    default:
      return op->Refuse(kCode, "has different values of the type " + std::string(DataTypeWord(element)) +
                                   ", which Paddle 2.6 and 3 read from different attributes");
  }
  if (!wrong.empty()) return op->Refuse(kCode, "its values: " + wrong);
  op->Add(std::move(assign));
}

}  // namespace

void ImportConstant(OpImport* op) {
  if (!op->HasOperands(0) || !op->HasResults(1)) return;
  if (op->row().name == "full") {
    ImportFull(op);
  } else {
    ImportIntArray(op);
  }
  op->FinishAttributes();
}

// The value that fills a computed shape, where it is a constant, is an attribute, as Paddle 2 writes it: engines take
// that.
void AdjustFill(OpImport* op, OpDraft* draft) {
  const Constant* constant = op->ConstantOf(0);
  if (constant == nullptr || (!constant->is_float && constant->integers.size() != 1)) return;
  Constant value = *constant;
  value.is_float = IsFloatType(op->ResultType(0).element);
  if (!constant->is_float) value.number = static_cast<double>(constant->integers[0]);
  if (constant->is_float && !value.is_float) {
    const auto integer = ToInteger(constant->number);
    if (!integer || static_cast<double>(*integer) != constant->number) return;
    value.integers = {*integer};
  }
  if (!FitsFill(value)) return;
  draft->DropInput(slots::kValueTensor);
  SetFillValue(value, draft);
}

// assign_value_ has an operand more, whose place it takes.
void ImportValues(OpImport* op) {
  const bool is_in_place = op->row().name.ends_with('_');
  if (!op->HasOperands(is_in_place ? 1 : 0) || !op->HasResults(1)) return;
  if (is_in_place) CheckOverwritten(op, 0);
  const auto shape = op->TakeNumbers(attributes::kShape);
  const auto values = op->TakeNumbers(attributes::kValues);
  const auto element = op->TakeDataType(attributes::kDtype);
  op->DropAttr("place");
  op->FinishAttributes();
  if (op->is_refused()) return;
  Numbers converted;
  if (!shape->is_list || shape->is_float || shape->is_bool || !values->is_list ||
      !Convert(*element, *values, &converted))
    return op->Refuse(kCode, "its shape or its values are not of the type that it says");
  const auto count = ElementCount(shape->integers);
  if (!count || *count != converted.size()) return op->Refuse(kCode, "has another number of values than its shape");
  const VarId var = op->Define(0);
  if (var == kLostVar) return;
  op->draft().var(var).element = *element;
  SetShape(op, var, shape->integers);
  // assign_value of no dimensions makes a tensor without memory, in 2.6 and 3.
  if (!IsUniform(converted) || *element == VarType::BOOL) {
    if (!shape->integers.empty()) return AddAssignValue(op, var, *shape, *element, converted);
  }
  if (converted.size() == 0) return op->Refuse(kCode, "has no values");
  Constant constant;
  constant.is_float = converted.is_float;
  constant.number = converted.is_float ? converted.floats[0] : 0;
  if (!converted.is_float) constant.integers = {converted.integers[0]};
  AddFill(op, var, constant, false);
}

}  // namespace pdquant::pir
