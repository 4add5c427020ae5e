#include <algorithm>
#include <iterator>
#include <optional>

#include "diff/program_diff.h"
#include "paddle/quantization_ops.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using What = Change::What;
constexpr uint32_t kNoPair = UINT32_MAX;

// Of one program: the ops that only it has.
class OpGroups {
 public:
  OpGroups(const ComparedProgram& compared, bool is_a, ChangeList* list)
      : compared_(compared),
        is_a_(is_a),
        list_(list),
        owner_(compared.index().names().size(), kNoChange),
        bridge_(compared.index().names().size(), kNoName),
        made_by_(compared.index().names().size(), kNoPartner),
        into_(compared.index().names().size(), kNoName) {}

  void Group() {
    for (uint32_t i = 0; i < list_->changes.size(); ++i) {
      if (IsMine(list_->changes[i])) TakeOp(i);
    }
    for (Change& change : list_->changes) {
      const bool mine = is_a_ ? change.removed() : change.inserted();
      if (change.what != What::kVar || !mine || change.leader != kNoChange) continue;
      const uint32_t owner = owner_[compared_.index().var_name(is_a_ ? change.a : change.b)];
      if (owner != kNoChange) change.leader = LeaderOf(owner);
    }
  }

  // The op that made `name` of `source` by quantizing it, in one step or two, or that made `source` of `name`. Where
  // `reader` reads `name`, it has to be made before.
  uint32_t Between(NameId source, NameId name, OpId reader) const {
    const bool is_made = bridge_[name] == source && (reader == kNoPartner || IsMadeBefore(name, reader));
    return is_made || into_[name] == source ? LeaderOf(owner_[name]) : kNoChange;
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

  bool IsMadeBefore(NameId name, OpId reader) const {
    const size_t block = compared_.program().BlockOfOp(reader);
    const size_t made_in = compared_.program().BlockOfOp(made_by_[name]);
    if (block == made_in) return made_by_[name] < reader;
    const VarId var = compared_.index().Lookup(block, name);
    return var != kNoVar && var == compared_.index().Lookup(made_in, name);
  }

  // That `result` was made of `source`, at first by this op.
  void SetBridge(NameId source, NameId result, OpId op) {
    if (bridge_[result] != source) made_by_[result] = op;
    bridge_[result] = source;
  }

  void TakeOp(uint32_t number) {
    const Index& index = compared_.index();
    const OpId op = is_a_ ? list_->changes[number].a : list_->changes[number].b;
    TakeFakeOp(number, op);
    for (const Argument& argument : index.outputs(op)) owner_[argument.name] = number;
    for (const Argument& argument : index.inputs(op)) {
      if (owner_[argument.name] == kNoChange) owner_[argument.name] = number;
    }
  }

  void TakeFakeOp(uint32_t number, OpId op) {
    const Index& index = compared_.index();
    const QuantizationOp* fake = FindQuantizationOp(index.type(op));
    if (fake == nullptr || list_->changes[number].leader != kNoChange) return;
    const NameId operand = index.Input(op, fake->operand);
    const NameId result = index.Output(op, fake->output);
    if (operand == kNoName || result == kNoName) return;
    any_ = true;
    const NameId source = fake->role == QuantizationRole::kDequantize ? bridge_[operand] : kNoName;
    if (source != kNoName) {
      SetBridge(source, result, op);
      if (pair_of_[operand] == kNoPair) return;
      QuantizePair& pair = list_->pairs[pair_of_[operand]];
      if (pair.second != kNoChange) return;
      pair.second = number;
      list_->changes[number].leader = pair.first;
    } else {
      SetBridge(operand, result, op);
      into_[operand] = result;
      if (pair_of_.empty()) pair_of_.resize(compared_.index().names().size(), kNoPair);
      if (fake->role == QuantizationRole::kDequantize) return;
      pair_of_[result] = static_cast<uint32_t>(list_->pairs.size());
      list_->pairs.push_back({number});
    }
  }

  const ComparedProgram& compared_;
  bool is_a_;
  ChangeList* list_;
  std::vector<uint32_t> owner_;    // by name: the last of the ops that writes it, else the first that reads it
  std::vector<NameId> bridge_;     // by result of a quantizing op: what it was made of
  std::vector<OpId> made_by_;      // by result of a quantizing op: the first that made it of that
  std::vector<NameId> into_;       // by operand of a dequantizing op: what it became
  std::vector<uint32_t> pair_of_;  // by result of a quantize op
  bool any_ = false;
};

// The changes of ops that stay, whose arguments are others only because of what quantizing ops make of them.
class RewiredFinder {
 public:
  RewiredFinder(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching, const Comparer& comparer,
                const OpGroups& removed, const OpGroups& inserted)
      : a_(a), b_(b), matching_(matching), comparer_(comparer), removed_(removed), inserted_(inserted) {}

  void Find(ChangeList* list) {
    for (uint32_t i = 0; i < list->changes.size(); ++i) {
      if (list->changes[i].what == What::kOp && list->changes[i].changed) Explain(i, list);
    }
    std::stable_sort(list->rewired.begin(), list->rewired.end(),
                     [](const Rewired& x, const Rewired& y) { return x.leader < y.leader; });
  }

 private:
  void Explain(uint32_t number, ChangeList* list) {
    Change& change = list->changes[number];
    const std::vector<Difference> differences = comparer_.OpDifferences(change.a, change.b);
    const auto attributes_a = SortedAttributes(a_.program().op(change.a));
    const auto attributes_b = SortedAttributes(b_.program().op(change.b));
    uint32_t first = kNoChange;
    size_t explained = 0;
    for (const Difference& difference : differences) {
      uint32_t leader = kNoChange;
      if (difference.part == Difference::Part::kAttribute) {
        leader = BetweenTexts(AttributeOf(attributes_a, difference.name), AttributeOf(attributes_b, difference.name));
      } else if (difference.from_name != kNoName && difference.to_name != kNoName) {
        const bool reads = difference.part == Difference::Part::kInput;
        leader = Between(difference.from_name, difference.to_name, reads ? change.a : kNoPartner,
                         reads ? change.b : kNoPartner);
        if (leader != kNoChange) list->rewired.push_back({leader, number, difference.name});
      }
      if (leader == kNoChange) continue;
      first = std::min(first, leader);
      ++explained;
    }
    if (explained == differences.size() && !change.moved && explained != 0) change.leader = first;
  }

  // The change of the op that stands between both variables; kNoChange where there is none. The readers are those of
  // the variables, or none.
  uint32_t Between(NameId from, NameId to, OpId reader_a, OpId reader_b) const {
    const NameId from_in_b = matching_.names.b_of_a[from];
    const NameId to_in_a = matching_.names.a_of_b[to];
    const uint32_t leader = from_in_b != kNoPartner ? inserted_.Between(from_in_b, to, reader_b) : kNoChange;
    return leader == kNoChange && to_in_a != kNoPartner ? removed_.Between(to_in_a, from, reader_a) : leader;
  }

  // The only attribute of a name.
  static std::optional<AttrView> AttributeOf(const std::vector<NamedAttribute>& attributes, std::string_view name) {
    const auto found = std::lower_bound(attributes.begin(), attributes.end(), name,
                                        [](const NamedAttribute& x, std::string_view y) { return x.name < y; });
    if (found == attributes.end() || found->name != name) return std::nullopt;
    const auto next = std::next(found);
    return next == attributes.end() || next->name != name ? std::optional(found->view) : std::nullopt;
  }

  // An attribute that lists variables, such as op_role_var: as many of them, some of which are between.
  uint32_t BetweenTexts(const std::optional<AttrView>& a, const std::optional<AttrView>& b) const {
    if (!a || !b || !comparer_.RestsEqual(*a, *b, 1U << proto::OpDesc::Attr::kStringsFieldNumber)) return kNoChange;
    const std::vector<std::string_view> texts_a = a->AsStrings();
    const std::vector<std::string_view> texts_b = b->AsStrings();
    if (texts_a.size() != texts_b.size()) return kNoChange;
    uint32_t leader = kNoChange;
    for (size_t i = 0; i < texts_a.size(); ++i) {
      if (texts_a[i] == texts_b[i]) continue;
      const NameId from = a_.index().names().Find(texts_a[i]);
      const NameId to = b_.index().names().Find(texts_b[i]);
      if (from == kNoName || to == kNoName) return kNoChange;
      if (comparer_.NamesEqual(from, to)) continue;
      const uint32_t explanation = Between(from, to, kNoPartner, kNoPartner);
      if (explanation == kNoChange) return kNoChange;
      leader = std::min(leader, explanation);
    }
    return leader;
  }

  const ComparedProgram& a_;
  const ComparedProgram& b_;
  const Matching& matching_;
  const Comparer& comparer_;
  const OpGroups& removed_;
  const OpGroups& inserted_;
};

}  // namespace

void GroupChanges(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching,
                  const Comparer& comparer, ChangeList* list) {
  OpGroups removed(a, true, list);
  OpGroups inserted(b, false, list);
  removed.Group();
  inserted.Group();
  if (!removed.any() && !inserted.any()) return;
  std::sort(list->pairs.begin(), list->pairs.end(),
            [](const QuantizePair& x, const QuantizePair& y) { return x.first < y.first; });
  RewiredFinder(a, b, matching, comparer, removed, inserted).Find(list);
}

}  // namespace pdquant
