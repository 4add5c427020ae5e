#include "quantize/transpile/same_values.h"

#include <algorithm>

#include "paddle/tensor_ops.h"

namespace pdquant {

SameValues::SameValues(const Index& index, const ValueNumbers& values) : index_(index), values_(values) {
  for (const std::string_view type : ReshapingOps()) {
    const NameId id = index.names().Find(type);
    if (id != kNoName) reshaping_.push_back(id);
  }
}

void SameValues::Before(uint32_t block, OpId op) {
  var_ = kNoVar;
  const auto inputs = index_.inputs(op);
  if (std::find(reshaping_.begin(), reshaping_.end(), index_.op(op).type) == reshaping_.end() || inputs.size() != 1)
    return;
  const auto outputs = index_.outputs(op);
  const NameId name = inputs[0].name;
  if (std::none_of(outputs.begin(), outputs.end(), [=](const Argument& out) { return out.name == name; })) return;
  var_ = index_.Lookup(block, name);
  if (var_ == kNoVar) return;
  const OpId writer = values_.writer(var_);
  before_ = Of(var_);
  same_shape_ = writer != kNoOp && Repeats(index_, op, writer);
  same_flat_ = same_shape_ || KeepsFirstDimension(index_, op);
}

void SameValues::Behind() {
  if (var_ == kNoVar) return;
  const uint32_t present = values_.present(var_);
  notes_[var_] = {present, {same_shape_ ? before_.number : present, same_flat_ ? before_.flat : present}};
}

SameValue SameValues::Of(VarId var) const {
  const uint32_t present = values_.present(var);
  if (!notes_.empty()) {
    const auto found = notes_.find(var);
    if (found != notes_.end() && found->second.present == present) return found->second.value;
  }
  return {present, present};
}

}  // namespace pdquant
