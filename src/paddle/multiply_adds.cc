#include "paddle/multiply_adds.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "paddle/names.h"

namespace pdquant {
namespace {

std::vector<double> DimsOf(const Index& index, VarId var) {
  const auto tensor = var == kNoVar ? std::nullopt : index.program().var(var).lod_tensor();
  std::vector<double> dims;
  if (!tensor) return dims;
  for (const int64_t dim : tensor->dims) dims.push_back(dim < 1 ? 1 : static_cast<double>(dim));
  return dims;
}

double ProductOf(const std::vector<double>& dims) {
  double product = dims.empty() ? 0 : 1;
  for (const double dim : dims) product *= dim;
  return product;
}

}  // namespace

double MultiplyAdds(const Index& index, OpId op, const QuantizableOp& row) {
  const std::vector<double> out = DimsOf(index, index.OutputVar(op, row.output));
  if (IsConvolution(row.type)) {
    // Each element of the output, or of the input of a transposed one, meets the filter of its channel.
    const std::vector<double> filter = DimsOf(index, index.InputVar(op, slots::kFilter));
    const bool transposed = row.type.ends_with("_transpose");
    const double elements = ProductOf(transposed ? DimsOf(index, index.InputVar(op, slots::kInput)) : out);
    return filter.empty() ? 0 : elements * ProductOf(filter) / filter[0];
  }
  const std::vector<double> y = DimsOf(index, index.InputVar(op, slots::kY));
  if (y.size() < 2) return ProductOf(y);
  const auto attr = index.program().op(op).attr(row.all_operands[1].transposed);
  const bool transposed = !row.all_operands[1].transposed.empty() && attr && attr->AsBool().value_or(false);
  return ProductOf(out) * y[y.size() - (transposed ? 1 : 2)];
}

}  // namespace pdquant
