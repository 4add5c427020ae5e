#include "paddle/tensor_ops.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr std::array<std::string_view, 2> kDataSlots = {slots::kX, slots::kInput};

constexpr std::array<std::string_view, 9> kReshapingOps = {
    "reshape", "reshape2", "flatten",   "flatten2",  "flatten_contiguous_range",
    "squeeze", "squeeze2", "unsqueeze", "unsqueeze2"};

constexpr std::array<std::string_view, 5> kElementKeepingOps = {op_types::kCast, "unsqueeze2", "squeeze2", "reshape2",
                                                                "transpose2"};

constexpr std::array<std::string_view, 4> kFillingOps = {op_types::kFillConstant, "fill_constant_batch_size_like",
                                                         "fill_any_like", "fill_zeros_like"};
constexpr std::array<std::string_view, 9> kZeroMovingOps = {"assign",    "expand_v2", "expand", "tile", "slice",
                                                            "transpose", "relu",      "tanh",   "abs"};
constexpr std::array<std::string_view, 2> kMultiplyingOps = {"elementwise_mul", "dropout"};

template <size_t N>
bool Holds(const std::array<std::string_view, N>& types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// The product of what stands from `first` on; nothing where one of it isn't known.
template <typename T>
std::optional<int64_t> ProductFrom(const std::vector<T>& dims, size_t first) {
  constexpr int64_t kMost = int64_t{1} << 31;
  int64_t product = 1;
  for (size_t i = first; i < dims.size(); ++i) {
    if (dims[i] <= 0 || dims[i] > kMost / product) return std::nullopt;
    product *= dims[i];
  }
  return product;
}

// The shape before the op: reshape2 and its like declare it in their output XShape, behind a 0.
std::vector<int64_t> OldShape(const Index& index, OpId op) {
  const NameId slot = index.names().Find("XShape");
  for (const Argument& argument : index.outputs(op)) {
    if (argument.slot != slot) continue;
    const VarId var = index.Lookup(index.program().BlockOfOp(op), argument.name);
    const std::vector<int64_t> dims = index.DimsOf(var);
    if (!dims.empty()) return {dims.begin() + 1, dims.end()};
  }
  return {};
}

bool ReshapeKeepsFirst(const Index& index, OpId op) {
  const auto attr = index.program().op(op).attr(attributes::kShape);
  const std::vector<int32_t> shape = attr ? attr->AsInts() : std::vector<int32_t>();
  if (shape.empty()) return false;
  if (shape[0] == 0) return true;  // copied
  const std::vector<int64_t> old = OldShape(index, op);
  if (old.empty() || (shape[0] != -1 && shape[0] != old[0])) return false;
  const auto rest = ProductFrom(shape, 1);
  return rest && rest == ProductFrom(old, 1);
}

// Sorted.
constexpr std::array<std::string_view, 46> kByElement = {
    "abs",           "assign",      "bitwise_and", "bitwise_not",   "bitwise_or",   "bitwise_xor",  "cast",
    "ceil",          "clip",        "cos",         "elu",           "equal",        "erf",          "exp",
    "fill_any_like", "floor",       "gelu",        "greater_equal", "greater_than", "hard_sigmoid", "hard_swish",
    "increment",     "isfinite_v2", "isinf_v2",    "isnan_v2",      "leaky_relu",   "less_equal",   "less_than",
    "log",           "logical_and", "logical_not", "logical_or",    "logical_xor",  "not_equal",    "pow",
    "relu",          "relu6",       "round",       "rsqrt",         "scale",        "sigmoid",      "sign",
    "sin",           "sqrt",        "square",      "tanh"};

constexpr std::array<std::string_view, 7> kOneElement = {"expand_v2", "fill_constant", "linspace", "range",
                                                         "reshape2",  "set_value",     "tile"};

}  // namespace

bool IsFloatType(int32_t data_type) {
  return data_type == proto::VarType::FP16 || data_type == proto::VarType::BF16 || data_type == proto::VarType::FP32 ||
         data_type == proto::VarType::FP64;
}

int32_t TypeByAttributes(const Index& index, OpId op) {
  const bool cast = index.type(op) == op_types::kCast;
  if (!cast && !index.inputs(op).empty()) return kUnknownType;
  return index.program().op(op).IntOr(cast ? attributes::kOutDtype : attributes::kDtype, kUnknownType);
}

std::span<const std::string_view> DataSlots() { return kDataSlots; }

bool KeepsElements(std::string_view type) {
  return std::find(kElementKeepingOps.begin(), kElementKeepingOps.end(), type) != kElementKeepingOps.end();
}

std::optional<int32_t> AxisBefore(const Index& index, OpId op, int32_t axis) {
  if (axis < 0 || index.type(op) == op_types::kCast) return axis;
  if (index.type(op) == "transpose2") {
    const auto attr = index.program().op(op).attr("axis");
    const std::vector<int32_t> order = attr ? attr->AsInts() : std::vector<int32_t>();
    const bool known = static_cast<size_t>(axis) < order.size();
    return known ? std::optional(order[static_cast<size_t>(axis)]) : std::nullopt;
  }
  const std::vector<int64_t> before = index.DimsOf(index.InputVar(op, slots::kX));
  const std::vector<int64_t> after = index.DimsOf(index.OutputVar(op, slots::kOut));
  if (static_cast<size_t>(axis) >= after.size()) return std::nullopt;
  // The elements lie as they did: the axis is that of the same size, with as much behind it.
  const auto behind = ProductFrom(after, static_cast<size_t>(axis) + 1);
  for (size_t i = 0; i < before.size() && behind; ++i) {
    if (before[i] == after[static_cast<size_t>(axis)] && ProductFrom(before, i + 1) == behind)
      return static_cast<int32_t>(i);
  }
  return std::nullopt;
}

bool FillsWithZeros(const Index& index, OpId op) {
  if (!Holds(kFillingOps, index.type(op))) return false;
  const OpView view = index.program().op(op);
  const auto text = view.attr(attributes::kStrValue);  // counts where it says something
  const std::string written(text ? text->AsString().value_or("") : std::string_view());
  if (!written.empty()) return written.find_first_not_of("0.+-") == std::string::npos;
  const auto value = view.attr(attributes::kValue);
  const bool computed = index.InputVar(op, "ValueTensor") != kNoVar;
  return !computed && (!value || value->AsFloat() == 0.0F);
}

bool MovesZeros(std::string_view type) {
  return KeepsElements(type) || Holds(kReshapingOps, type) || Holds(kZeroMovingOps, type);
}

bool MultipliesByZeros(std::string_view type) {
  return FindQuantizable(type) != nullptr || Holds(kMultiplyingOps, type);
}

std::span<const std::string_view> ReshapingOps() { return kReshapingOps; }

bool Repeats(const Index& index, OpId op, OpId before) {
  const std::string_view type = index.type(op);
  if (type != index.type(before) || type.ends_with("squeeze") || type.ends_with("squeeze2")) return false;
  for (const char* name : {"shape", "axis", "start_axis", "stop_axis"}) {
    const auto attr = index.program().op(op).attr(name);
    const auto other = index.program().op(before).attr(name);
    if (attr.has_value() != other.has_value() || (attr && attr->message() != other->message())) return false;
  }
  return true;
}

bool KeepsFirstDimension(const Index& index, OpId op) {
  const std::string_view type = index.type(op);
  if (type.starts_with("reshape")) return ReshapeKeepsFirst(index, op);
  const OpView view = index.program().op(op);
  if (type.starts_with("flatten")) {
    const auto axis = view.attr(type == "flatten_contiguous_range" ? "start_axis" : "axis");
    return axis && axis->AsInt() == 1;
  }
  const auto attr = view.attr("axes");
  const std::vector<int32_t> axes = attr ? attr->AsInts() : std::vector<int32_t>();
  return !axes.empty() && std::all_of(axes.begin(), axes.end(), [](int32_t axis) { return axis > 0; });
}

bool FlattensBehindFirst(const Index& index, OpId op, std::string_view slot) {
  if (slot != slots::kX || !index.type(op).starts_with("mul")) return false;
  const auto attr = index.program().op(op).attr("x_num_col_dims");
  return !attr || attr->AsInt() == 1;
}

bool ComputesByElement(std::string_view type) {
  return type.starts_with("elementwise_") || std::binary_search(kByElement.begin(), kByElement.end(), type);
}

bool TakesOneElement(std::string_view type) { return std::binary_search(kOneElement.begin(), kOneElement.end(), type); }

}  // namespace pdquant
