// What stands behind a value x, for the three kinds (facts of which runtime takes what:
// paddle/calibration/plain_ops.h):
//
//   range       x ─> reduce_min ─> reshape2 [1]            x ─> reduce_max ─> reshape2 [1]
//   error       x ─> elementwise_mul ─> reduce_mean ─> reshape2 [1]      the same of x − other
//   histogram   x ─> abs ─> scale by bins/limit ─> clip to [0, bins − ½] ─> histogram ─> cast ─> reshape2 [bins]
//
// In the body of a loop or a branch the least, the largest or the sum of them goes into a variable of the main block
// (body_totals.h).
//
// Without the op histogram, numbers are counted as a product of matrices. The index i = floor(clipped) is split into
// two digits of base 64; row k of a matrix [numbers, 64] is 1 in the column of number k's low digit and 0 elsewhere,
// and the same with the high digit; highᵀ · low has the counts. A row of that kind is 1 − min((digit − j)², 1) for j =
// 0 … 63: squared, since Paddle-Lite fuses a difference and abs into something that it can't run.
#include "quantize/observe/meters.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "paddle/calibration/plain_ops.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "quantize/forms/op_templates.h"

namespace pdquant {
namespace {

constexpr int64_t kBase = 64;
constexpr int64_t kHighDigits = kHistogramBins / kBase;
static_assert(kBase * kHighDigits == kHistogramBins);

// The shape of the variable that keeps the shape `dims`: Paddle puts a 0 in front.
std::vector<int64_t> OldShape(std::span<const int64_t> dims) {
  std::vector<int64_t> shape = {0};
  shape.insert(shape.end(), dims.begin(), dims.end());
  return shape;
}

std::vector<int64_t> Ones(size_t rank) { return std::vector<int64_t>(rank, 1); }

constexpr std::array<int64_t, 2> kColumn = {-1, 1};
constexpr std::array<int32_t, 2> kColumnShape = {-1, 1};

}  // namespace

std::string Meters::Declare(std::string_view what, std::span<const int64_t> dims, int32_t data_type) {
  std::string name = names_.New(std::string(kObservedPrefix) + std::to_string(measured_) + "." + std::string(what));
  edits_.AddVar(block_, EncodeTensorVar(name, data_type, dims, false));
  return name;
}

void Meters::Insert(const ObservedValue& value) {
  if (value.behind) {
    edits_.InsertOpAfter(value.op, op_.message());
  } else {
    edits_.InsertOpBefore(value.op, op_.message());
  }
}

void Meters::AddPart(const ObservedValue& value, const std::string& x, std::span<const int64_t> from, int32_t size,
                     const BodyTotals::Kind& total) {
  const std::array<int64_t, 1> dims = {size};
  const std::string part = Declare("part", dims);
  const std::string x_shape = Declare("part.shape", OldShape(from));
  BuildReshape(x, std::span(&size, 1), part, x_shape, &op_);
  Insert(value);
  if (value.block == 0) {
    parts_.push_back(part);
    return;
  }
  block_ = 0;
  const std::string sum = Declare(total.word, dims);
  block_ = value.block;
  totals_.Begin(value.block, sum, size, total);
  BuildElementwise(total.type, part, sum, sum, &op_);  // min and max keep their Y where X is NaN
  Insert(value);
  parts_.push_back(sum);
}

void Meters::AddRange(const ObservedValue& value) {
  block_ = value.block;
  const std::string_view x = index_.name(index_.var_name(value.var));
  const std::vector<int64_t> ones = Ones(index_.DimsOf(value.var).size());
  constexpr BodyTotals::Kind kLeast = {op_types::kLesser, kNoLeast, "least"};
  constexpr BodyTotals::Kind kLargest = {op_types::kLarger, kNoLargest, "largest"};
  for (const bool is_max : {false, true}) {
    const std::string reduced = Declare(is_max ? "max" : "min", ones);
    BuildReduceAll(is_max ? op_types::kReduceMax : op_types::kReduceMin, x, ones.size(), reduced, &op_);
    Insert(value);
    AddPart(value, reduced, ones, 1, is_max ? kLargest : kLeast);
  }
  ++measured_;
}

void Meters::AddError(const ObservedValue& x, const ObservedValue& y) {
  const std::string name(index_.name(index_.var_name(x.var)));
  const std::string_view other = index_.name(index_.var_name(y.var));
  const std::vector<int64_t> dims = index_.DimsOf(x.var);
  const std::vector<int64_t> ones = Ones(dims.size());
  const std::string noise = Declare("noise", dims);
  for (const std::string& of : {name, noise}) {
    if (of == noise) {
      BuildElementwise(op_types::kSubtract, name, other, noise, &op_);
      Insert(y);
    }
    const std::string square = Declare("square", dims);
    BuildElementwise(op_types::kMultiply, of, of, square, &op_);
    Insert(y);
    const std::string mean = Declare("mean", ones);
    BuildReduceAll(op_types::kReduceMean, square, ones.size(), mean, &op_);
    Insert(y);
    AddPart(y, mean, ones, 1, {});
  }
  ++measured_;
}

void Meters::AddHistogram(const ObservedValue& value, float limit, CountingOps ops) {
  constexpr BodyTotals::Kind kSum = {op_types::kSum, 0, "sum"};
  block_ = value.block;
  const std::string x(index_.name(index_.var_name(value.var)));
  const bool plain = ops == CountingOps::kPlain;
  const std::vector<int64_t> dims =
      plain ? std::vector<int64_t>(kColumn.begin(), kColumn.end()) : index_.DimsOf(value.var);
  std::string from = x;
  if (plain) {
    from = Declare("flat", dims);
    BuildReshape(x, kColumnShape, from, Declare("flat.shape", OldShape(index_.DimsOf(value.var))), &op_);
    Insert(value);
  }
  const std::string magnitude = Declare("abs", dims);
  BuildUnary(op_types::kAbs, from, magnitude, &op_);
  Insert(value);
  const std::string scaled = Declare("scaled", dims);
  BuildScale(magnitude, static_cast<float>(kHistogramBins) / limit, 0, scaled, &op_);
  Insert(value);
  const std::string clipped = Declare("clipped", dims);
  BuildClip(scaled, 0, static_cast<float>(kHistogramBins) - 0.5F, clipped, &op_);
  Insert(value);
  if (plain) {
    const std::array<int64_t, 2> grid = {kHighDigits, kBase};
    AddPart(value, CountByPlainOps(value, clipped), grid, kHistogramBins, kSum);
  } else {
    const std::array<int64_t, 1> bins = {kHistogramBins};
    const std::string counted = Declare("counts", bins, proto::VarType::INT64);
    BuildHistogram(clipped, kHistogramBins, counted, &op_);
    Insert(value);
    const std::string numbers = Declare("numbers", bins);
    BuildCast(counted, proto::VarType::INT64, kFloat32, numbers, &op_);
    Insert(value);
    AddPart(value, numbers, bins, kHistogramBins, kSum);
  }
  ++measured_;
}

std::string Meters::CountByPlainOps(const ObservedValue& value, const std::string& clipped) {
  const auto next = [&](std::string_view what) {
    std::string name = Declare(what, kColumn);
    return name;
  };
  const std::string index = next("index");
  BuildUnary(op_types::kFloor, clipped, index, &op_);
  Insert(value);
  const std::string shifted = next("shifted");
  BuildScale(index, 1.0F / kBase, 0, shifted, &op_);
  Insert(value);
  const std::string high = next("high");
  BuildUnary(op_types::kFloor, shifted, high, &op_);
  Insert(value);
  const std::string back = next("back");
  BuildScale(high, static_cast<float>(kBase), 0, back, &op_);
  Insert(value);
  const std::string low = next("low");
  BuildElementwise(op_types::kSubtract, index, back, low, &op_);
  Insert(value);
  const std::string low_rows = OneHot(value, low, Digits(value, "low", kBase), kBase);
  const std::string high_rows = OneHot(value, high, Digits(value, "high", kHighDigits), kHighDigits);
  const std::array<int64_t, 2> dims = {kHighDigits, kBase};
  std::string counts = Declare("counts", dims);
  BuildTransposedProduct(high_rows, low_rows, counts, &op_);
  Insert(value);
  return counts;
}

std::string Meters::OneHot(const ObservedValue& value, const std::string& digit, const std::string& digits,
                           int64_t count) {
  const std::array<int64_t, 2> dims = {-1, count};
  const std::string difference = Declare("difference", dims);
  BuildElementwise(op_types::kSubtract, digit, digits, difference, &op_);
  Insert(value);
  const std::string square = Declare("square", dims);
  BuildElementwise(op_types::kMultiply, difference, difference, square, &op_);
  Insert(value);
  const std::string clipped = Declare("other", dims);
  BuildClip(square, 0, 1, clipped, &op_);
  Insert(value);
  std::string one = Declare("one", dims);
  BuildScale(clipped, -1, 1, one, &op_);
  Insert(value);
  return one;
}

// 0, 1, … as a parameter of shape [1, count], the same one for all values.
std::string Meters::Digits(const ObservedValue& value, std::string_view what, int64_t count) {
  std::string& name = digits_[std::string(what)];
  if (name.empty()) {
    name = names_.New(std::string(kObservedPrefix) + "digits." + std::string(what));
    std::vector<float>& numbers = constants_[name];
    numbers.resize(static_cast<size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0.0F);
    const std::array<int64_t, 2> dims = {1, count};
    edits_.AddVar(0, EncodeTensorVar(name, kFloat32, dims, true));
  }
  totals_.Read(value.block, name);
  return name;
}

void Meters::Join(std::span<const float> fingerprint, size_t row_size) {
  const Block& block = index_.program().block(0);
  OpId last_fetch = 0;
  OpId last_other = block.first_op;
  int32_t column = -1;
  for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
    if (!IsFetch(index_.type(op))) {
      last_other = op;
      continue;
    }
    last_fetch = op;
    column = std::max(column, index_.program().op(op).IntOr(attributes::kColumn, 0));
  }
  std::vector<std::string_view> parts;
  std::vector<std::string> numbers;
  for (const float number : fingerprint) {
    const std::string& name = numbers.emplace_back(
        names_.New(std::string(kObservedPrefix) + "fingerprint." + std::to_string(numbers.size())));
    edits_.AddVar(0, EncodeTensorVar(name, kFloat32, 1, false));
    BuildFillConstant(name, kFloat32, 1, number, &op_);
    edits_.InsertOpAfter(last_other, op_.message());
  }
  parts.insert(parts.end(), numbers.begin(), numbers.end());
  parts.insert(parts.end(), parts_.begin(), parts_.end());
  edits_.AddVar(0, EncodeTensorVar(kObservedOutput, kFloat32, static_cast<int64_t>(row_size), false));
  BuildConcat(parts, kObservedOutput, &op_);
  edits_.InsertOpAfter(last_other, op_.message());
  totals_.Queue();
  BuildFetch(index_.type(last_fetch), kObservedOutput, index_.NameOf(index_.OutputVar(last_fetch, slots::kOut)),
             column + 1, &op_);
  edits_.AppendOp(0, op_.message());
}

}  // namespace pdquant
