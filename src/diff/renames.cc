#include "diff/renames.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "paddle/names.h"
#include "text/properties.h"

namespace pdquant {
namespace {

class RenameFinder {
 public:
  RenameFinder(const ComparedProgram& a, const ComparedProgram& b, Matching* matching)
      : a_(a),
        b_(b),
        matching_(matching),
        same_in_b_(a.index().names().size(), kNoPartner),
        same_in_a_(b.index().names().size(), kNoPartner),
        chosen_(a.index().names().size(), b.index().names().size()) {
    for (NameId name = 0; name < same_in_b_.size(); ++name) {
      const NameId same = b_.index().names().Find(a_.index().name(name));
      if (same == kNoName) continue;
      same_in_b_[name] = same;
      same_in_a_[same] = name;
    }
  }

  void Find(const std::vector<RenameWitness>& witnesses) {
    for (const bool sure : {true, false}) {
      for (const RenameWitness& witness : witnesses) {
        if (witness.sure == sure) AddVotes(witness.a, witness.b, !sure);
      }
      Choose();
    }
    DropInconsistent();
    SetNames();
    AddUnused();
    for (NameId name = 0; name < same_in_b_.size(); ++name) {
      const NameId partner = matching_->names.b_of_a[name];
      if (partner != kNoPartner && partner != same_in_b_[name]) matching_->renames.emplace_back(name, partner);
    }
  }

 private:
  // An old and a new name at one place.
  struct Vote {
    NameId a;
    NameId b;
    uint32_t count;
  };

  void AddVotes(OpId op_a, OpId op_b, bool only_new) {
    // An op that runs a block lists the variables that the block uses in any order.
    const bool in_order = a_.blocks_of(op_a).empty() && b_.blocks_of(op_b).empty();
    const auto add = [&](std::span<const Argument> x, std::span<const Argument> y) {
      if (x.size() != y.size()) return;
      for (size_t i = 0; i < x.size(); ++i) {
        if (!in_order && (SharesSlot(x, i) || SharesSlot(y, i))) continue;
        if (!a_.is_variable(x[i].name) || !b_.is_variable(y[i].name)) continue;
        if (a_.index().name(x[i].slot) != b_.index().name(y[i].slot)) continue;
        if (only_new && (chosen_.b_of_a[x[i].name] != kNoPartner || chosen_.a_of_b[y[i].name] != kNoPartner)) continue;
        votes_.push_back({x[i].name, y[i].name, 1});
      }
    };
    add(a_.index().inputs(op_a), b_.index().inputs(op_b));
    add(a_.index().outputs(op_a), b_.index().outputs(op_b));
  }

  static bool SharesSlot(std::span<const Argument> arguments, size_t i) {
    return (i != 0 && arguments[i - 1].slot == arguments[i].slot) ||
           (i + 1 != arguments.size() && arguments[i + 1].slot == arguments[i].slot);
  }

  void Count() {
    std::sort(votes_.begin(), votes_.end(),
              [](const Vote& x, const Vote& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
    size_t distinct = 0;
    for (size_t i = 0; i < votes_.size(); ++i) {
      if (distinct != 0 && votes_[distinct - 1].a == votes_[i].a && votes_[distinct - 1].b == votes_[i].b) {
        ++votes_[distinct - 1].count;
      } else {
        votes_[distinct++] = votes_[i];
      }
    }
    votes_.resize(distinct);
  }

  bool IsSame(const Vote& vote) const { return same_in_b_[vote.a] == vote.b; }
  // Of two votes that have a name in common; a name that stays wins a draw.
  bool IsBetter(const Vote& x, const Vote& y) const {
    if (x.count != y.count) return x.count > y.count;
    if (IsSame(x) != IsSame(y)) return IsSame(x);
    return x.a != y.a ? x.a < y.a : x.b < y.b;
  }

  // Those who are each other's best partner.
  void Choose() {
    Count();
    std::vector<uint32_t> best_a(same_in_b_.size(), kNoPartner);
    std::vector<uint32_t> best_b(same_in_a_.size(), kNoPartner);
    const auto improve = [this](uint32_t* best, uint32_t vote) {
      if (*best == kNoPartner || IsBetter(votes_[vote], votes_[*best])) *best = vote;
    };
    for (uint32_t i = 0; i < votes_.size(); ++i) {
      improve(&best_a[votes_[i].a], i);
      improve(&best_b[votes_[i].b], i);
    }
    for (uint32_t i = 0; i < votes_.size(); ++i) {
      if (best_a[votes_[i].a] == i && best_b[votes_[i].b] == i) chosen_.Join(votes_[i].a, votes_[i].b);
    }
    votes_.clear();
  }

  bool IsRename(NameId a) const { return chosen_.b_of_a[a] != kNoPartner && chosen_.b_of_a[a] != same_in_b_[a]; }

  // Whether nothing contradicts that `a` became another name: where the old name is still there, it is a new name of
  // another variable; where the new name was there before, it became another one.
  bool IsConsistent(NameId a) const {
    const NameId b = chosen_.b_of_a[a];
    const NameId old_in_b = same_in_b_[a];
    if (old_in_b != kNoPartner && b_.is_variable(old_in_b)) {
      const NameId source = chosen_.a_of_b[old_in_b];
      if (source == kNoPartner || !IsRename(source)) return false;
    }
    const NameId new_in_a = same_in_a_[b];
    return new_in_a == kNoPartner || !a_.is_variable(new_in_a) || IsRename(new_in_a);
  }

  void DropInconsistent() {
    std::vector<NameId> doubtful;
    for (NameId name = 0; name < same_in_b_.size(); ++name) {
      if (IsRename(name)) doubtful.push_back(name);
    }
    while (!doubtful.empty()) {
      const NameId name = doubtful.back();
      doubtful.pop_back();
      if (!IsRename(name) || IsConsistent(name)) continue;
      const NameId partner = chosen_.b_of_a[name];
      chosen_.Part(name);
      // Who relied on it.
      if (same_in_a_[partner] != kNoPartner) doubtful.push_back(same_in_a_[partner]);
      if (same_in_b_[name] != kNoPartner && chosen_.a_of_b[same_in_b_[name]] != kNoPartner) {
        doubtful.push_back(chosen_.a_of_b[same_in_b_[name]]);
      }
    }
  }

  void SetNames() {
    matching_->names = Partners(same_in_b_.size(), same_in_a_.size());
    for (NameId name = 0; name < same_in_b_.size(); ++name) {
      if (IsRename(name)) matching_->names.Join(name, chosen_.b_of_a[name]);
    }
    for (NameId name = 0; name < same_in_b_.size(); ++name) {
      const NameId same = same_in_b_[name];
      if (same != kNoPartner && matching_->names.b_of_a[name] == kNoPartner &&
          matching_->names.a_of_b[same] == kNoPartner) {
        matching_->names.Join(name, same);
      }
    }
  }

  static std::string Meaning(const VarView& var) {
    std::string text;
    for (const Property& property : VarProperties(var)) text += property.name + ": " + property.text + "\n";
    return text;
  }

  // Declared variables that no op names, by what they are.
  using Unused = std::unordered_map<std::string, std::vector<NameId>>;
  static Unused UnusedOf(const ComparedProgram& compared, uint32_t block, const std::vector<uint32_t>& partners) {
    Unused unused;
    const Block& found = compared.program().block(block);
    for (VarId var = found.first_var; var < found.first_var + found.var_count; ++var) {
      const NameId name = compared.index().var_name(var);
      if (compared.is_argument(name) || partners[name] != kNoPartner || compared.index().IsDeclaredAgain(var)) continue;
      unused[Meaning(compared.program().var(var))].push_back(name);
    }
    return unused;
  }

  // A variable that nobody uses was renamed where as many of the same kind have gone as have come.
  void AddUnused() {
    for (const BlockPair& pair : matching_->block_pairs) {
      const Unused unused_a = UnusedOf(a_, pair.a, matching_->names.b_of_a);
      if (unused_a.empty()) continue;
      const Unused unused_b = UnusedOf(b_, pair.b, matching_->names.a_of_b);
      for (const auto& [meaning, names] : unused_a) {  // in any order: the groups have nothing in common
        const auto others = unused_b.find(meaning);
        if (others == unused_b.end() || others->second.size() != names.size()) continue;
        for (size_t i = 0; i < names.size(); ++i) matching_->names.Join(names[i], others->second[i]);
      }
    }
  }

  const ComparedProgram& a_;
  const ComparedProgram& b_;
  Matching* matching_;
  std::vector<NameId> same_in_b_;  // by name of A: the same text in B
  std::vector<NameId> same_in_a_;
  Partners chosen_;
  std::vector<Vote> votes_;
};

// "encoder" of "encoder" and of "encoder_2".
std::string_view WithoutCounter(std::string_view name) {
  const size_t end = name.find_last_not_of("0123456789");
  return end != std::string_view::npos && end != 0 && end + 1 != name.size() && name[end] == '_' ? name.substr(0, end)
                                                                                                 : name;
}

// Of a part: its last scope without the counter; that of a function is nothing.
std::string_view BaseOf(std::string_view part) {
  if (!part.ends_with('/')) return "";
  part.remove_suffix(1);
  return WithoutCounter(part.substr(part.rfind('/') + 1));
}

// Each part of a path is a text of its own: a path that is longer, which no network has, is compared as it is.
constexpr ptrdiff_t kMostScopes = 64;

}  // namespace

bool IsNumbered(std::string_view attribute) {
  return attribute == attributes::kOpNamescope || attribute == attributes::kForwardCallable ||
         attribute == attributes::kBackwardCallable;
}

std::vector<std::string> NumberedParts(std::string_view attribute, const AttrView& value) {
  if (!IsNumbered(attribute)) return {};
  if (const auto number = value.AsInt()) return {std::to_string(*number)};
  const std::string_view path = value.AsString().value_or("");
  std::vector<std::string> parts;
  if (std::count(path.begin(), path.end(), '/') > kMostScopes) return parts;
  for (size_t slash = path.find('/', 1); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    parts.emplace_back(path.substr(0, slash + 1));
  }
  return parts;
}

void FindNumbered(const ComparedProgram& a, const ComparedProgram& b, Matching* matching) {
  std::map<std::pair<std::string, std::string>, size_t> votes;
  for (OpId op = 0; op < matching->ops.b_of_a.size(); ++op) {
    const OpId partner = matching->ops.b_of_a[op];
    if (partner == kNoPartner) continue;
    a.program().op(op).ForEachAttr([&](const AttrView& attr) {
      if (!IsNumbered(attr.name())) return;
      const auto other = b.program().op(partner).attr(attr.name());
      if (!other) return;
      const std::vector<std::string> parts_a = NumberedParts(attr.name(), attr);
      const std::vector<std::string> parts_b = NumberedParts(attr.name(), *other);
      for (size_t i = 0; i < std::min(parts_a.size(), parts_b.size()); ++i) ++votes[{parts_a[i], parts_b[i]}];
    });
  }
  std::vector<std::pair<size_t, std::pair<std::string, std::string>>> by_count;
  for (const auto& [pair, count] : votes) {
    if (BaseOf(pair.first) == BaseOf(pair.second)) by_count.emplace_back(count, pair);
  }
  std::stable_sort(by_count.begin(), by_count.end(), [](const auto& x, const auto& y) { return x.first > y.first; });
  std::set<std::string> taken;
  for (const auto& [count, pair] : by_count) {
    if (matching->numbered.contains(pair.first) || !taken.insert(pair.second).second) continue;
    matching->numbered.insert(pair);
  }
}

void FindRenames(const ComparedProgram& a, const ComparedProgram& b, const std::vector<RenameWitness>& witnesses,
                 Matching* matching) {
  matching->renames.clear();
  RenameFinder(a, b, matching).Find(witnesses);
}

}  // namespace pdquant
