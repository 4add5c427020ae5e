#include "diff/program_diff.h"

#include <algorithm>
#include <utility>

namespace pdquant {
namespace {

using What = Change::What;

class Lister {
 public:
  Lister(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching, const Comparer& comparer,
         const std::vector<bool>& with_effect, bool ignore_order)
      : a_(a), b_(b), matching_(matching), comparer_(comparer), with_effect_(with_effect), ignore_order_(ignore_order) {
    seen_a_.resize(a.program().blocks().size());
    seen_b_.resize(b.program().blocks().size());
    for (uint32_t i = 0; i < matching.block_pairs.size(); ++i) {
      const BlockPair& pair = matching.block_pairs[i];
      if (pair.owner_a != kNoPartner) bodies_.emplace_back(pair.owner_a, i);
    }
    std::sort(bodies_.begin(), bodies_.end());
  }

  void ListBlocks() {
    for (const BlockPair& pair : matching_.block_pairs) {
      if (pair.owner_a != kNoPartner) continue;
      AddPair(pair, 0);
      Walk();
    }
    // Blocks that nobody runs, and that have no partner.
    for (uint32_t block = 0; block < seen_a_.size(); ++block) {
      AddSingle(block, kNoPartner, 0, kNoChange);
      Walk();
    }
    for (uint32_t block = 0; block < seen_b_.size(); ++block) {
      AddSingle(kNoPartner, block, 0, kNoChange);
      Walk();
    }
  }

  ChangeList* list() { return &list_; }

 private:
  // A block of each side, or of one: how far the walk has come.
  struct Frame {
    uint32_t block_a = kNoPartner;
    uint32_t block_b = kNoPartner;
    OpId next_a = 0;
    OpId end_a = 0;
    OpId next_b = 0;
    OpId end_b = 0;
    uint32_t depth = 0;
    uint32_t leader = kNoChange;
    bool begun = false;
  };

  // They are walked through in the order of these calls, once PushWaiting is called.
  void AddPair(const BlockPair& pair, uint32_t depth) {
    if (seen_a_[pair.a]) return;
    seen_a_[pair.a] = true;
    seen_b_[pair.b] = true;
    AddFrame(pair.a, pair.b, depth, kNoChange);
  }

  // A block of one program only; without a leader nothing else explains it.
  void AddSingle(uint32_t block_a, uint32_t block_b, uint32_t depth, uint32_t leader) {
    std::vector<bool>& seen = block_a != kNoPartner ? seen_a_ : seen_b_;
    const uint32_t block = block_a != kNoPartner ? block_a : block_b;
    if (seen[block]) return;
    seen[block] = true;
    AddFrame(block_a, block_b, depth, leader);
  }

  void AddFrame(uint32_t block_a, uint32_t block_b, uint32_t depth, uint32_t leader) {
    Frame& frame = waiting_.emplace_back();
    frame.block_a = block_a;
    frame.block_b = block_b;
    frame.depth = depth;
    frame.leader = leader;
    const auto set = [](const ComparedProgram& compared, uint32_t block, OpId* next, OpId* end) {
      if (block == kNoPartner) return;
      *next = compared.program().block(block).first_op;
      *end = *next + compared.program().block(block).op_count;
    };
    set(a_, block_a, &frame.next_a, &frame.end_a);
    set(b_, block_b, &frame.next_b, &frame.end_b);
  }

  void PushWaiting() {
    frames_.insert(frames_.end(), waiting_.rbegin(), waiting_.rend());
    waiting_.clear();
  }

  // Adds the change of the block itself.
  void Begin(Frame* frame) {
    frame->begun = true;
    const uint32_t a = frame->block_a;
    const uint32_t b = frame->block_b;
    if (a != kNoPartner && b != kNoPartner) {
      if (comparer_.BlockDifferences(a, b).empty()) return;
      Add(What::kBlock, a, b, frame->depth, kNoChange)->changed = true;
      ++list_.counts.blocks.changed;
      return;
    }
    const auto number = static_cast<uint32_t>(list_.changes.size());
    Add(What::kBlock, a, b, frame->depth, frame->leader);
    ++(a != kNoPartner ? list_.counts.blocks.removed : list_.counts.blocks.inserted);
    if (frame->leader == kNoChange) frame->leader = number;
  }

  Change* Add(What what, uint32_t a, uint32_t b, uint32_t depth, uint32_t leader) {
    Change& change = list_.changes.emplace_back();
    change.what = what;
    change.a = a;
    change.b = b;
    change.depth = depth;
    change.leader = leader;
    return &change;
  }

  void Walk() {
    PushWaiting();
    while (!frames_.empty()) {
      if (!frames_.back().begun) Begin(&frames_.back());
      if (!Step()) continue;
      const Frame frame = frames_.back();
      frames_.pop_back();
      ListVars(frame);
    }
  }

  // Goes on to the next op with a body, or to the end of the block: true.
  bool Step() {
    const size_t at = frames_.size() - 1;
    while (frames_.size() == at + 1) {
      Frame& frame = frames_[at];
      // What only A has comes first, then what only B has, then the next op that stays in its place.
      if (frame.next_a < frame.end_a && !Stays(frame.next_a)) {
        const OpId op = frame.next_a++;
        if (matching_.ops.b_of_a[op] == kNoPartner) Single(op, kNoPartner, frame.depth, frame.leader);
      } else if (frame.next_b < frame.end_b && !StaysInB(frame.next_b)) {
        const OpId op = frame.next_b++;
        const OpId partner = matching_.ops.a_of_b[op];
        partner == kNoPartner ? Single(kNoPartner, op, frame.depth, frame.leader) : Both(partner, op, frame.depth);
      } else if (frame.next_a < frame.end_a && frame.next_b < frame.end_b) {
        const OpId a = frame.next_a++;
        const OpId b = frame.next_b++;
        Both(a, b, frame.depth);
      } else {
        return true;
      }
      PushWaiting();
    }
    return false;
  }

  bool Stays(OpId a) const { return matching_.ops.b_of_a[a] != kNoPartner && !matching_.moved[a]; }
  bool StaysInB(OpId b) const {
    const OpId a = matching_.ops.a_of_b[b];
    return a != kNoPartner && !matching_.moved[a];
  }

  // An op of one program only.
  void Single(OpId a, OpId b, uint32_t depth, uint32_t leader) {
    const auto number = static_cast<uint32_t>(list_.changes.size());
    Add(What::kOp, a, b, depth, leader);
    ++(a != kNoPartner ? list_.counts.ops.removed : list_.counts.ops.inserted);
    AddLost(a, b, depth, leader == kNoChange ? number : leader);
  }

  // Blocks of an op that have no partner.
  void AddLost(OpId a, OpId b, uint32_t depth, uint32_t leader) {
    const auto push = [&](const ComparedProgram& compared, OpId op, const std::vector<uint32_t>& partners, bool is_a) {
      if (op == kNoPartner) return;
      for (const BlockReference& reference : compared.blocks_of(op)) {
        const auto block = static_cast<size_t>(reference.block);
        if (reference.block <= 0 || block >= partners.size() || partners[block] != kNoPartner) continue;
        const auto number = static_cast<uint32_t>(block);
        AddSingle(is_a ? number : kNoPartner, is_a ? kNoPartner : number, depth + 1, leader);
      }
    };
    push(a_, a, matching_.blocks.b_of_a, true);
    push(b_, b, matching_.blocks.a_of_b, false);
  }

  void Both(OpId a, OpId b, uint32_t depth) {
    const bool changed = !comparer_.OpsEqual(a, b);
    const bool moved = matching_.moved[a] && (!ignore_order_ || with_effect_[a]);
    if (changed || moved) {
      Change* change = Add(What::kOp, a, b, depth, kNoChange);
      change->changed = changed;
      change->moved = moved;
      change->with_effect = moved && with_effect_[a];
      list_.counts.ops.changed += changed ? 1U : 0U;
      list_.counts.moved += moved ? 1U : 0U;
      list_.counts.moved_with_effect += change->with_effect ? 1U : 0U;
    }
    if (a_.blocks_of(a).empty() && b_.blocks_of(b).empty()) return;
    AddLost(a, b, depth, kNoChange);
    const auto begin = std::lower_bound(bodies_.begin(), bodies_.end(), std::pair<OpId, uint32_t>(a, 0));
    for (auto body = begin; body != bodies_.end() && body->first == a; ++body) {
      AddPair(matching_.block_pairs[body->second], depth + 1);
    }
  }

  // Variables of one name, in the order of their declarations.
  struct NamedVar {
    NameId name;  // of B; a name that B doesn't have comes after all of B's
    VarId var;
  };

  std::vector<NamedVar> VarsOf(const ComparedProgram& compared, uint32_t block, bool is_a) const {
    std::vector<NamedVar> vars;
    if (block == kNoPartner) return vars;
    const Block& found = compared.program().block(block);
    for (VarId var = found.first_var; var < found.first_var + found.var_count; ++var) {
      NameId name = compared.index().var_name(var);
      if (is_a) {
        const NameId partner = matching_.names.b_of_a[name];
        name = partner != kNoPartner ? partner : static_cast<NameId>(matching_.names.a_of_b.size()) + name;
      }
      vars.push_back({name, var});
    }
    std::sort(vars.begin(), vars.end(),
              [](const NamedVar& x, const NamedVar& y) { return x.name != y.name ? x.name < y.name : x.var < y.var; });
    return vars;
  }

  void ListVars(const Frame& frame) {
    const std::vector<NamedVar> vars_a = VarsOf(a_, frame.block_a, true);
    const std::vector<NamedVar> vars_b = VarsOf(b_, frame.block_b, false);
    const size_t first = list_.changes.size();
    const auto before = [](const NamedVar& x, const NamedVar& y) { return x.name < y.name; };
    ForEachPair(vars_a, vars_b, before, [&](const NamedVar* a, const NamedVar* b) {
      if (a != nullptr && b != nullptr && comparer_.VarsEqual(a->var, b->var)) return true;
      ChangeCounts::Each& counts = list_.counts.vars;
      ++(a == nullptr ? counts.inserted : b == nullptr ? counts.removed : counts.changed);
      Add(What::kVar, a != nullptr ? a->var : kNoPartner, b != nullptr ? b->var : kNoPartner, frame.depth, frame.leader)
          ->changed = a != nullptr && b != nullptr;
      return true;
    });
    // Variables have no order of their own: that of their names is the same whichever program comes first.
    const auto name_of = [this](const Change& change) {
      return change.a != kNoPartner ? a_.index().name(a_.index().var_name(change.a))
                                    : b_.index().name(b_.index().var_name(change.b));
    };
    std::stable_sort(list_.changes.begin() + static_cast<ptrdiff_t>(first), list_.changes.end(),
                     [&](const Change& x, const Change& y) { return name_of(x) < name_of(y); });
  }

  const ComparedProgram& a_;
  const ComparedProgram& b_;
  const Matching& matching_;
  const Comparer& comparer_;
  const std::vector<bool>& with_effect_;
  bool ignore_order_;
  std::vector<bool> seen_a_;
  std::vector<bool> seen_b_;
  std::vector<std::pair<OpId, uint32_t>> bodies_;  // the pairs of blocks of an op of A
  std::vector<Frame> frames_;
  std::vector<Frame> waiting_;
  ChangeList list_;
};

}  // namespace

ChangeList ListChanges(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching,
                       const Comparer& comparer, const std::vector<bool>& with_effect, const DiffOptions& options) {
  Lister lister(a, b, matching, comparer, with_effect, options.ignore_order);
  ChangeList* list = lister.list();
  if (const size_t properties = comparer.ProgramDifferences().size(); properties != 0) {
    list->changes.emplace_back().what = What::kProgram;
    list->changes.back().changed = true;
    list->counts.program_properties = properties;
  }
  if (!matching.renames.empty() && !options.ignore_names) {
    list->changes.emplace_back().what = What::kRenames;
    list->counts.renamed = matching.renames.size();
  }
  lister.ListBlocks();
  return std::move(*list);
}

ProgramDiff::ProgramDiff(const Index& a, const Index& b, const DiffOptions& options)
    : options_(options), a_(a), b_(b), comparer_(a_, b_, matching_, options_) {
  if (a.program().bytes() == b.program().bytes()) return;
  matching_ = Match(a_, b_, options_);
  list_ = ListChanges(a_, b_, matching_, comparer_, MovesWithEffect(a_, b_, matching_), options_);
  GroupChanges(a_, b_, matching_, comparer_, &list_);
}

std::string_view ProgramDiff::NameInB(std::string_view name) const {
  const NameId found = a_.index().names().Find(name);
  if (found == kNoName || matching_.names.b_of_a.empty()) return name;
  const NameId partner = matching_.names.b_of_a[found];
  return partner == kNoPartner ? name : b_.index().name(partner);
}

std::vector<Difference> ProgramDiff::Differences(const Change& change) const {
  if (change.what == Change::What::kProgram) return comparer_.ProgramDifferences();
  if (change.a == kNoPartner || change.b == kNoPartner || !change.changed) return {};
  switch (change.what) {
    case Change::What::kBlock:
      return comparer_.BlockDifferences(change.a, change.b);
    case Change::What::kOp:
      return comparer_.OpDifferences(change.a, change.b);
    default:
      return comparer_.VarDifferences(change.a, change.b);
  }
}

}  // namespace pdquant
