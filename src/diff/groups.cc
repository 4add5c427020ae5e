#include "diff/groups.h"

#include <algorithm>

#include "paddle/op_table.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

using What = Change::What;
constexpr uint32_t kNoPair = UINT32_MAX;

// One side: the ops that only it has.
class SideGroups {
 public:
  SideGroups(const DiffSide& side, bool is_a, ChangeList* list)
      : side_(side),
        is_a_(is_a),
        list_(list),
        owner_(side.index().names().size(), kNoChange),
        bridge_(side.index().names().size(), kNoName),
        into_(side.index().names().size(), kNoName) {}

  void Group() {
    for (uint32_t i = 0; i < list_->changes.size(); ++i) {
      if (IsMine(list_->changes[i])) TakeOp(i);
    }
    for (Change& change : list_->changes) {
      const bool mine = is_a_ ? change.removed() : change.inserted();
      if (change.what != What::kVar || !mine || change.leader != kNoChange) continue;
      const uint32_t owner = owner_[side_.index().var_name(is_a_ ? change.a : change.b)];
      if (owner != kNoChange) change.leader = LeaderOf(owner);
    }
  }

  // The op that made `name` of `source` by quantizing it, in one step or two, or that made `source` of `name`.
  uint32_t Between(NameId source, NameId name) const {
    if (bridge_[name] == source || into_[name] == source) return LeaderOf(owner_[name]);
    return kNoChange;
  }
  bool any() const { return any_; }

 private:
  bool IsMine(const Change& change) const {
    return change.what == What::kOp && (is_a_ ? change.removed() : change.inserted());
  }

  uint32_t LeaderOf(uint32_t change) const {
    const uint32_t leader = list_->changes[change].leader;
    return leader == kNoChange ? change : leader;
  }

  void TakeOp(uint32_t number) {
    const Index& index = side_.index();
    const OpId op = is_a_ ? list_->changes[number].a : list_->changes[number].b;
    TakeFakeOp(number, op);
    for (const Argument& argument : index.outputs(op)) owner_[argument.name] = number;
    for (const Argument& argument : index.inputs(op)) {
      if (owner_[argument.name] == kNoChange) owner_[argument.name] = number;
    }
  }

  void TakeFakeOp(uint32_t number, OpId op) {
    const Index& index = side_.index();
    const FakeOp* fake = FindFakeOp(index.type(op));
    if (fake == nullptr || list_->changes[number].leader != kNoChange) return;
    const NameId operand = SingleArgument(index, index.inputs(op), "X");
    const NameId result = SingleArgument(index, index.outputs(op), fake->output);
    if (operand == kNoName || result == kNoName) return;
    any_ = true;
    const NameId source = fake->role == FakeRole::kDequantize ? bridge_[operand] : kNoName;
    if (source != kNoName) {
      bridge_[result] = source;
      if (pair_of_[operand] == kNoPair) return;
      QuantizePair& pair = list_->pairs[pair_of_[operand]];
      if (pair.second != kNoChange) return;
      pair.second = number;
      list_->changes[number].leader = pair.first;
    } else {
      bridge_[result] = operand;
      into_[operand] = result;
      if (pair_of_.empty()) pair_of_.resize(side_.index().names().size(), kNoPair);
      if (fake->role == FakeRole::kDequantize) return;
      pair_of_[result] = static_cast<uint32_t>(list_->pairs.size());
      list_->pairs.push_back({number});
    }
  }

  const DiffSide& side_;
  bool is_a_;
  ChangeList* list_;
  std::vector<uint32_t> owner_;    // by name: the last of the ops that writes it, else the first that reads it
  std::vector<NameId> bridge_;     // by result of a quantizing op: what it was made of
  std::vector<NameId> into_;       // by operand of a dequantizing op: what it became
  std::vector<uint32_t> pair_of_;  // by result of a quantize op
  bool any_ = false;
};

}  // namespace

void GroupChanges(const DiffSide& a, const DiffSide& b, const Matching& matching, const Comparer& comparer,
                  ChangeList* list) {
  SideGroups removed(a, true, list);
  SideGroups inserted(b, false, list);
  removed.Group();
  inserted.Group();
  if (!removed.any() && !inserted.any()) return;
  std::sort(list->pairs.begin(), list->pairs.end(),
            [](const QuantizePair& x, const QuantizePair& y) { return x.first < y.first; });
  const auto between = [&](NameId from, NameId to) {
    uint32_t leader = kNoChange;
    if (matching.names.b_of_a[from] != kNoPartner) leader = inserted.Between(matching.names.b_of_a[from], to);
    if (leader == kNoChange && matching.names.a_of_b[to] != kNoPartner) {
      leader = removed.Between(matching.names.a_of_b[to], from);
    }
    return leader;
  };
  // An attribute that lists variables, such as op_role_var: as many of them, some of which are between.
  const auto between_texts = [&](const Change& change, const Difference& difference) {
    uint32_t leader = kNoChange;
    const auto attr_a = a.program().op(change.a).attr(difference.name);
    const auto attr_b = b.program().op(change.b).attr(difference.name);
    if (!attr_a || !attr_b) return kNoChange;
    const auto texts_a = attr_a->AsStrings();
    const auto texts_b = attr_b->AsStrings();
    if (texts_a.size() != texts_b.size()) return kNoChange;
    for (size_t i = 0; i < texts_a.size(); ++i) {
      if (texts_a[i] == texts_b[i]) continue;
      const NameId from = a.index().names().Find(texts_a[i]);
      const NameId to = b.index().names().Find(texts_b[i]);
      if (from == kNoName || to == kNoName) return kNoChange;
      if (comparer.NamesEqual(from, to)) continue;
      const uint32_t explanation = between(from, to);
      if (explanation == kNoChange) return kNoChange;
      leader = std::min(leader, explanation);
    }
    return leader;
  };
  for (uint32_t i = 0; i < list->changes.size(); ++i) {
    Change& change = list->changes[i];
    if (change.what != What::kOp || !change.changed) continue;
    const std::vector<Difference> differences = comparer.OpDifferences(change.a, change.b);
    uint32_t first = kNoChange;
    size_t explained = 0;
    for (uint32_t k = 0; k < differences.size(); ++k) {
      const Difference& difference = differences[k];
      uint32_t leader = kNoChange;
      if (difference.part == Difference::Part::kAttribute) {
        leader = between_texts(change, difference);
      } else if (difference.from_name != kNoName && difference.to_name != kNoName) {
        leader = between(difference.from_name, difference.to_name);
        if (leader != kNoChange) list->rewired.push_back({leader, i, k});
      }
      if (leader == kNoChange) continue;
      first = std::min(first, leader);
      ++explained;
    }
    if (explained == differences.size() && !change.moved && explained != 0) change.leader = first;
  }
  std::stable_sort(list->rewired.begin(), list->rewired.end(),
                   [](const Rewired& x, const Rewired& y) { return x.leader < y.leader; });
}

}  // namespace pdquant
