// slice, strided_slice and set_value: parts of tensors.
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/find_row.h"
#include "paddle/data_types.h"
#include "paddle/import/import_names.h"
#include "paddle/tensor_ops.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"
#include "pir/import/numbers.h"

namespace pdquant::pir {
namespace {

std::vector<int64_t> IntegersOf(const OpImport& op, std::string_view name) {
  const Attr* attr = op.FindAttr(name);
  const auto numbers = attr == nullptr ? std::nullopt : NumbersOf(op.program(), *attr);
  return numbers ? numbers->integers : std::vector<int64_t>();
}

void SetInts(OpDraft* draft, std::string_view name, const std::vector<int32_t>& values) {
  draft->Set(name, std::span<const int32_t>(values));
}

// Whether the bounds that are constants, operands 1 to `count`, are one for each axis; else the op is refused.
bool CheckBounds(OpImport* op, size_t count, size_t axes) {
  for (size_t operand = 1; operand <= count; ++operand) {
    const auto numbers = ConstantNumbers(*op, operand);
    if (!numbers || numbers->size() == axes) continue;
    op->Refuse("import-operand", "has other bounds than axes");
    return false;
  }
  return true;
}

// What a bound that only a run knows is in the attribute of bounds: -1, as Paddle writes it, and -1 among the flags.
// Whether there is none.
bool FillComputed(OpDraft* draft, std::initializer_list<std::string_view> bounds, size_t axes) {
  bool is_computed = false;
  for (const std::string_view bound : bounds) {
    if (draft->Has(bound)) continue;
    is_computed = true;
    SetInts(draft, bound, std::vector<int32_t>(axes, -1));
  }
  return !is_computed;
}

constexpr int64_t kEnd = std::numeric_limits<int32_t>::max();
constexpr int64_t kBeforeStart = std::numeric_limits<int32_t>::min();

// The bounds that are constants, as integers: whole numbers may be declared as floats.
std::optional<Numbers> ConstantBounds(const OpImport& op, size_t operand) {
  auto numbers = ConstantNumbers(op, operand);
  if (!numbers || !numbers->is_float) return numbers;
  for (const double value : std::exchange(numbers->floats, {})) {
    const auto integer = ToInteger(value);
    if (!integer) return std::nullopt;
    numbers->integers.push_back(*integer);
  }
  numbers->is_float = false;
  return numbers;
}

// Paddle 2.6 and 3 read the end of a reverse range in two ways. A whole axis can be flipped instead. There are as
// many bounds as axes.
void FlipReversed(OpImport* op, OpDraft* draft, const std::vector<int64_t>& axes) {
  auto starts = ConstantBounds(*op, 1);
  auto ends = ConstantBounds(*op, 2);
  auto strides = ConstantBounds(*op, 3);
  std::vector<int32_t> flipped;
  if (!strides) return op->Refuse("import-operand", "its strides are computed, and might be below 0");
  for (size_t i = 0; i < axes.size(); ++i) {
    if (strides->integers[i] >= 0) continue;
    const bool is_whole = starts && ends && starts->integers[i] >= kEnd && ends->integers[i] <= kBeforeStart + 1 &&
                          strides->integers[i] > kBeforeStart;
    if (!is_whole) {
      return op->Refuse("import-operand",
                        "a reverse range that isn't a whole axis, of which Paddle 2.6 and 3 compute different ones");
    }
    flipped.push_back(static_cast<int32_t>(axes[i]));
    starts->integers[i] = 0;
    ends->integers[i] = kEnd;
    strides->integers[i] = -strides->integers[i];
  }
  const ValueState& input = op->State(0);
  if (flipped.empty() || input.kind != ValueState::Kind::kVar) return;
  const DraftVar& from = op->draft().var(input.var);
  const VarId made = op->Helper("flip", from.element, from.dims);
  OpDraft flip(op_types::kFlip, input.var, made);
  SetInts(&flip, attributes::kAxis, flipped);
  op->Add(std::move(flip));
  *draft->FindInput(slots::kInput) = {made};
  for (auto* ends_or_starts : {&*starts, &*ends}) {
    for (int64_t& value : ends_or_starts->integers) value = std::min(value, kEnd);
  }
  for (const auto& [name, numbers] : {std::pair(attributes::kStarts, &*starts), std::pair(attributes::kEnds, &*ends),
                                      std::pair(attributes::kStrides, &*strides)}) {
    numbers->is_list = true;
    if (!SetNumbers(name, AttributeType::kInts, *numbers, false, draft).empty())
      return op->Refuse("import-operand", "a bound doesn't fit into 32 bits");
  }
}

}  // namespace

void AdjustSlice(OpImport* op, OpDraft* draft) {
  const std::vector<int64_t> axes = IntegersOf(*op, attributes::kAxes);
  for (const int64_t axis : IntegersOf(*op, attributes::kDecreaseAxis)) {
    if (!Contains(axes, axis))
      return op->Refuse("import-attribute", "the attribute 'decrease_axis' has an axis that isn't sliced");
  }
  if (op->is_refused() || !CheckBounds(op, 2, axes.size())) return;
  if (!FillComputed(draft, {attributes::kStarts, attributes::kEnds}, axes.size()))
    SetInts(draft, attributes::kInferFlags, std::vector<int32_t>(axes.size(), -1));
}

void AdjustStridedSlice(OpImport* op, OpDraft* draft) {
  const std::vector<int64_t> axes = IntegersOf(*op, attributes::kAxes);
  if (op->is_refused() || !CheckBounds(op, 3, axes.size())) return;
  FlipReversed(op, draft, axes);
  if (op->is_refused()) return;
  const bool is_constant =
      FillComputed(draft, {attributes::kStarts, attributes::kEnds, attributes::kStrides}, axes.size());
  SetInts(draft, attributes::kInferFlags, std::vector<int32_t>(axes.size(), is_constant ? 1 : -1));
  SetInts(draft, attributes::kDecreaseAxis, {});
}

// The values are scalars of the kind that the tensor's elements are of.
void AdjustSetValue(OpImport* op, OpDraft* draft) {
  using proto::VarType;
  const int32_t element = op->ElementOf(0);
  draft->Set(attributes::kDtype, element);
  std::vector<ScalarValue> scalars;
  if (op->FindAttr(attributes::kValues) != nullptr) {
    const auto numbers = op->TakeNumbers(attributes::kValues);
    if (!numbers) return;
    for (size_t i = 0; i < numbers->size(); ++i) {
      const double number = numbers->is_float ? numbers->floats[i] : static_cast<double>(numbers->integers[i]);
      if (IsFloatType(element)) {
        scalars.emplace_back(number);
      } else if (element == VarType::BOOL) {
        scalars.emplace_back(number != 0);
      } else {
        const auto integer = numbers->is_float ? ToInteger(number) : numbers->integers[i];
        if (!integer || (numbers->is_float && static_cast<double>(*integer) != number))
          return op->Refuse("import-attribute", "the values are floats, and the tensor holds integers");
        scalars.emplace_back(*integer);
      }
    }
    if (ElementCount(IntegersOf(*op, attributes::kShape)) != scalars.size())
      return op->Refuse("import-attribute", "has another number of values than its shape");
  }
  draft->Set(attributes::kValues, std::span<const ScalarValue>(scalars));
}

}  // namespace pdquant::pir
