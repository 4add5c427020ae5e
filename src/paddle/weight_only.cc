#include "paddle/weight_only.h"

#include <algorithm>
#include <string>

#include "paddle/names.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {

int32_t WeightOnlyBits(const OpView& op) {
  if (FindQuantizable(op.type()) == nullptr) return 0;
  const auto bits = op.attr(attributes::kQuantizeWeightBits);
  return bits ? bits->AsInt().value_or(0) : 0;
}

bool StoresWeight(const OpView& op, std::string_view input) {
  return op.attr(std::string(input) + std::string(attributes::kQuantScaleSuffix)).has_value();
}

std::vector<OpId> WeightOnlyOps(const Index& index) {
  std::vector<NameId> types;
  for (const QuantizableOp& row : QuantizableOps()) types.push_back(index.names().Find(row.type));
  std::vector<OpId> found;
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (std::find(types.begin(), types.end(), index.op(op).type) == types.end()) continue;
    if (WeightOnlyBits(index.program().op(op)) != 0) found.push_back(op);
  }
  return found;
}

}  // namespace pdquant
