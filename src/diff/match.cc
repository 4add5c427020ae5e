#include "diff/match.h"

#include "diff/block_matcher.h"
#include "diff/op_keys.h"

namespace pdquant {
namespace {

// How far back the ops that made an op's inputs tell it from others of its form.
constexpr int kRadius = 3;

MatchKeys KeysOfBoth(const DiffSide& a, const DiffSide& b, const IgnoreRules& ignore) {
  MatchKeys keys;
  keys.ops_a = KeysOf(a, CommonNumbers(a), ignore);
  keys.ops_b = KeysOf(b, CommonNumbers(a, b), ignore);
  keys.context_a.resize(keys.ops_a.size());
  keys.context_b.resize(keys.ops_b.size());
  return keys;
}

Matching MatchInOrder(const DiffSide& a, const DiffSide& b, const IgnoreRules& ignore) {
  MatchKeys keys = KeysOfBoth(a, b, ignore);
  BlockMatcher by_names(a, b, keys, ignore, MatchBy::kNames);
  by_names.Run();
  const size_t changes = by_names.NamesMatter() ? by_names.CountChanges() : 0;
  if (changes == 0) return by_names.TakeMatching();
  keys.context_a = ContextKeys(a, keys.ops_a, kRadius);
  keys.context_b = ContextKeys(b, keys.ops_b, kRadius);
  BlockMatcher by_form(a, b, keys, ignore, MatchBy::kForm);
  by_form.Run();
  // Between programs that have little to do with one another, some names always fit by chance.
  return 2 * by_form.CountChanges() <= changes ? by_form.TakeMatching() : by_names.TakeMatching();
}

}  // namespace

Matching Match(const DiffSide& a, const DiffSide& b, const IgnoreRules& ignore) {
  // Where two matchings are as good, it is the order of the programs that decides: that order must not be the caller's.
  if (a.program().bytes() <= b.program().bytes()) return MatchInOrder(a, b, ignore);
  return MatchInOrder(b, a, ignore).Swapped();
}

}  // namespace pdquant
