#include "quantize/targets/residual_sums.h"

#include <array>
#include <unordered_set>
#include <vector>

#include "analysis/uses.h"
#include "ir/edit/op_rewrites.h"
#include "paddle/names.h"
#include "paddle/runtimes/runtime_faults.h"
#include "quantize/targets/target_passes.h"

namespace pdquant {
namespace {

// Where Paddle's op_converter.h for TensorRT looks for the value that out_threshold is about.
constexpr std::array<std::string_view, 3> kOutputs = {slots::kOutput, slots::kOut, slots::kY};

std::string_view SlotOfThreshold(const Index& index, OpId op) {
  for (const std::string_view slot : kOutputs) {
    if (index.Output(op, slot) != kNoName) return slot;
  }
  return {};
}

bool HasThreshold(const Index& index, OpId op, float scale) {
  const auto attr = index.program().op(op).attr(attributes::kOutThreshold);
  return attr && attr->AsFloat() == scale;
}

}  // namespace

bool IsResidualSum(const Index& index, const ScalesFile& scales, OpId op) {
  if (!AddsBias(index.type(op))) return false;
  std::array<std::vector<int64_t>, 2> dims;
  for (size_t i = 0; i < dims.size(); ++i) {
    const VarId var = index.InputVar(op, i == 0 ? slots::kX : slots::kY);
    const auto tensor = index.TensorOf(var);
    if (!tensor || index.persistable(var) || scales.Find(index.NameOf(var)).value_or(0) <= 0) return false;
    dims[i] = tensor->dims;
  }
  return dims[0] == dims[1];
}

Result<Outcome> ResidualScalesPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  const Uses uses(index);
  OpRewrites rewrites(index.program());
  written_ = 0;
  std::unordered_set<VarId> seen;
  // What is fed, or written several times, has no op that could say its scale.
  const auto write = [&](VarId var) {
    if (var == kNoVar || !seen.insert(var).second) return;
    const auto scale = scales_->Find(index.NameOf(var));
    const auto writers = uses.writers(var);
    if (!scale || *scale <= 0 || writers.size() != 1 || index.type(writers[0]) == op_types::kFeed) return;
    const std::string_view slot = SlotOfThreshold(index, writers[0]);
    if (slot.empty() || index.OutputVar(writers[0], slot) != var) return;
    if (HasThreshold(index, writers[0], *scale)) return;
    rewrites.Set(writers[0], attributes::kOutThreshold, *scale);
    rewrites.Set(writers[0], ThresholdOfOutput(slot), *scale);
    ++written_;
  };
  for (OpId op = 0; op < index.program().op_count(); ++op) {
    if (!IsResidualSum(index, *scales_, op)) continue;
    for (const std::string_view slot : {slots::kX, slots::kY}) write(index.InputVar(op, slot));
    write(index.OutputVar(op, slots::kOut));
  }
  return Queue(rewrites, &context.main->edits);
}

}  // namespace pdquant
