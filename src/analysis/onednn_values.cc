#include "analysis/onednn_values.h"

#include <algorithm>

#include "paddle/names.h"
#include "paddle/runtimes/engine_passes.h"

namespace pdquant {
namespace {

constexpr int kFarthest = 32;  // ops back

}  // namespace

bool IsUnsignedForOneDnn(const Index& index, const Uses& uses, VarId var) {
  for (int i = 0; i < kFarthest && var != kNoVar; ++i) {
    const auto writers = uses.writers(var);
    if (writers.size() != 1) return false;
    const OpId op = writers[0];
    if (WritesUnsigned(index.type(op))) return true;
    if (!HandsScaleOn(index, op)) return false;
    var = index.InputVar(op, SlotOfCarried(index.type(op)));
  }
  return false;
}

bool BorrowsScaleForOneDnn(const Index& index, const Uses& uses, VarId var) {
  const auto readers = uses.readers(var);
  if (std::any_of(readers.begin(), readers.end(), [&](OpId op) { return OverwritesScales(index.type(op)); }))
    return true;
  for (int i = 0; i < kFarthest && var != kNoVar; ++i) {
    const auto writers = uses.writers(var);
    if (writers.size() > 1) return true;
    if (writers.empty() || !HandsScaleOn(index, writers[0])) return false;
    if (ChangesRange(index, writers[0])) return true;
    var = index.InputVar(writers[0], SlotOfCarried(index.type(writers[0])));
  }
  return false;
}

}  // namespace pdquant
