#include "diff/matching.h"

#include <algorithm>

#include "diff/block_matcher.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

Matching MatchInOrder(const ComparedProgram& a, const ComparedProgram& b, const DiffOptions& options) {
  MatchKeys keys(a, b, options.ignore);
  BlockMatcher by_names(a, b, keys, options, MatchBy::kNames);
  by_names.Run();
  const size_t changes = by_names.NamesMatter() ? by_names.CountChanges() : 0;
  if (changes == 0) return by_names.TakeMatching();
  keys.AddStructure(a, b);
  BlockMatcher by_form(a, b, keys, options, MatchBy::kForm);
  by_form.Run();
  // Between programs that have little to do with one another, some names always fit by chance.
  return 2 * by_form.CountChanges() <= changes ? by_form.TakeMatching() : by_names.TakeMatching();
}

}  // namespace

ComparedProgram::ComparedProgram(const Index& index) : index_(&index), labels_(index), uses_(index.names().size()) {
  for (VarId var = 0; var < program().var_count(); ++var) uses_[index.var_name(var)] |= kDeclared;
  for (OpId op = 0; op < program().op_count(); ++op) {
    for (const Argument& argument : index.inputs(op)) uses_[argument.name] |= kArgument;
    for (const Argument& argument : index.outputs(op)) uses_[argument.name] |= kArgument;
  }
  const NameId none = index.names().Find(kEmptyVariable);
  if (none != kNoName) uses_[none] = 0;
}

std::span<const BlockReference> ComparedProgram::blocks_of(OpId op) const {
  const auto all = index_->block_references();
  const auto [begin, end] =
      std::equal_range(all.begin(), all.end(), BlockReference{op, 0, 0},
                       [](const BlockReference& x, const BlockReference& y) { return x.op < y.op; });
  return {begin, end};
}

Matching Matching::Swapped() const {
  Matching swapped = *this;
  std::swap(swapped.ops.b_of_a, swapped.ops.a_of_b);
  std::swap(swapped.blocks.b_of_a, swapped.blocks.a_of_b);
  std::swap(swapped.names.b_of_a, swapped.names.a_of_b);
  for (auto& [a, b] : swapped.renames) std::swap(a, b);
  std::sort(swapped.renames.begin(), swapped.renames.end());
  for (BlockPair& pair : swapped.block_pairs) {
    std::swap(pair.a, pair.b);
    if (pair.owner_a != kNoPartner) pair.owner_a = ops.b_of_a[pair.owner_a];
  }
  swapped.numbered.clear();
  for (const auto& [a, b] : numbered) swapped.numbered.emplace(b, a);
  swapped.moved.assign(swapped.ops.b_of_a.size(), false);
  for (OpId a = 0; a < moved.size(); ++a) {
    if (moved[a]) swapped.moved[ops.b_of_a[a]] = true;
  }
  return swapped;
}

Matching Match(const ComparedProgram& a, const ComparedProgram& b, const DiffOptions& options) {
  // Where two matchings are as good, it is the order of the programs that decides: that order must not be the caller's.
  if (a.program().bytes() <= b.program().bytes()) return MatchInOrder(a, b, options);
  return MatchInOrder(b, a, options).Swapped();
}

}  // namespace pdquant
