#include "check/made.h"

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analysis/block_stack.h"
#include "analysis/control_flow.h"
#include "base/find_row.h"
#include "check/rules.h"
#include "ir/name_table.h"
#include "paddle/names.h"
#include "paddle/op_role.h"

namespace pdquant {
namespace {

class MadeRules {
 public:
  MadeRules(const Index& index, const Edits& edits, std::string_view hint, Findings* findings)
      : index_(index), edits_(edits), hint_(hint), findings_(findings) {}

  void Check() {
    made_.reserve(edits_.made_vars().size());
    for (const Edits::MadeMessage& var : edits_.made_vars()) CheckVar(var);
    for (const Edits::MadeMessage& op : edits_.made_ops()) CheckOp(op);
    for (const Edits::EditedField& edited : edits_.edited_fields()) CheckField(edited);
    CheckRemoved(false);
  }
  // Where ops are removed for what they belong to, no edit of an op makes up for it.
  void CheckRemoved(bool whatever_is_edited) {
    if (edits_.removed_ops().empty() && edits_.removed_vars().empty()) return;
    const Program& program = index_.program();
    RemainsOf remains;
    std::vector<bool> removed(program.op_count());
    for (const VarId var : edits_.removed_vars()) remains[var].removed = true;
    for (const OpId op : edits_.removed_ops()) {
      removed[op] = true;
      for (const Argument& argument : index_.outputs(op)) {
        const VarId var = index_.Lookup(program.BlockOfOp(op), argument.name);
        if (var != kNoVar && !IsTestForm(op, var)) remains[var].lost_writer = true;
      }
    }
    for (const VarId var : edits_.stored_vars()) {
      const auto found = remains.find(var);
      if (found != remains.end()) found.value().written = found.value().replaced = true;
    }
    std::vector<bool> edited(program.op_count());
    for (const Edits::EditedField& field : edits_.edited_fields()) edited[field.op] = true;
    std::vector<bool> lists(program.op_count());  // by op: what it reads are only the variables that its blocks may use
    for (const BlockReference& reference : index_.block_references()) lists[reference.op] = true;
    FindStaleReads(removed, lists);
    for (size_t b = 0; b < program.blocks().size(); ++b) {
      const Block& block = program.block(b);
      for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
        if (removed[op] || edited[op]) continue;
        for (const Argument& argument : index_.inputs(op))
          NoteUse(index_.Lookup(b, argument.name), op, {!lists[op], false}, &remains);
        for (const Argument& argument : index_.outputs(op))
          NoteUse(index_.Lookup(b, argument.name), op, {false, true}, &remains);
      }
    }
    NoteEditedOps(removed, edited, lists, &remains);
    for (const Edits::MadeMessage& op : edits_.made_ops()) NoteNewOp(OpView(op.message), op.block, &remains);
    if (whatever_is_edited) {
      for (const auto& [op, var] : stale_reads_) remains[var].misled = std::min(remains[var].misled, op);
    }
    for (const auto& [var, left] : remains) ReportRemoved(var, left);
  }

 private:
  // What the program that comes of it does with a variable that something was removed of.
  struct Remains {
    bool removed = false;      // its declaration
    bool lost_writer = false;  // an op that wrote it
    bool written = false;      // by another op, or a new one
    bool replaced = false;     // by a new op, a changed one, or a parameter
    OpId user = kNoOp;         // an op that names it
    OpId reader = kNoOp;       // an op that reads it
    OpId misled = kNoOp;       // one that read what a removed op wrote, and would read an older value
  };
  using RemainsOf = tsl::robin_map<VarId, Remains>;

  // Where the forward reads gradients, as a gradient penalty does, the test form lacks them: Paddle's clone does, too.
  bool IsTestForm(OpId op, VarId var) const {
    return PartOf(index_, op) == OpPart::kBackward && IsGradientName(index_.name(index_.var_name(var)));
  }

  static constexpr OpId kNewOp = kNoOp - 1;

  // Which ops read what a removed op wrote last, in the order in which they run. A body may not run: what it writes
  // itself counts inside of it only, and what its control op lists as written counts behind it.
  void FindStaleReads(const std::vector<bool>& removed, const std::vector<bool>& lists) {
    const ControlFlow flow(index_);
    BlockStack blocks(index_, flow);
    const auto visit = [&](uint32_t block, OpId op) {
      if (removed[op]) return NoteRemovedLast(block, op);
      if (!lists[op]) NoteStaleReads(block, op);
      blocks.top().bodies = flow.BodiesOf(op);
      if (blocks.top().bodies.empty()) NoteWritten(block, op);
    };
    const auto enter = [&](uint32_t block) {
      blocks.Enter(block);
      written_.emplace_back();
    };
    const auto leave = [&] {
      removed_last_.insert(written_.back().begin(), written_.back().end());
      written_.pop_back();
      blocks.Leave();
      if (!blocks.empty() && blocks.top().bodies.empty()) NoteWritten(blocks.top().block, blocks.top().current);
    };
    blocks.Walk(0, enter, visit, leave);
  }

  void NoteStaleReads(uint32_t block, OpId op) {
    if (removed_last_.empty()) return;
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (removed_last_.contains(var)) stale_reads_.emplace(op, var);
    }
  }

  void NoteWritten(uint32_t block, OpId op) {
    if (removed_last_.empty()) return;
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (removed_last_.erase(var) != 0) written_.back().push_back(var);
    }
  }

  // What a removed op also reads, it leaves as it is: an observer, or an op in place.
  void NoteRemovedLast(uint32_t block, OpId op) {
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var != kNoVar && !IsTestForm(op, var) && !IsInput(block, op, var)) removed_last_.insert(var);
    }
  }

  bool IsInput(size_t block, OpId op, VarId var) const {
    const auto inputs = index_.inputs(op);
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const Argument& argument) { return index_.Lookup(block, argument.name) == var; });
  }

  // An edited op as it will be: its own fields, less those that were replaced, and the new ones.
  void NoteEditedOps(const std::vector<bool>& removed, const std::vector<bool>& edited, const std::vector<bool>& lists,
                     RemainsOf* remains) {
    std::unordered_set<const char*> replaced;
    for (const Edits::EditedField& field : edits_.edited_fields()) {
      if (!field.before.empty()) replaced.insert(field.before.data());
      if (!removed[field.op]) NoteField(field.field, field.op, !lists[field.op], true, remains);
    }
    for (OpId op = 0; op < edited.size(); ++op) {
      if (!edited[op] || removed[op]) continue;
      FieldReader reader(index_.program().op(op).message());
      Field field;
      while (reader.Next(&field)) {
        if (!replaced.contains(field.whole.data())) NoteField(field.whole, op, !lists[op], false, remains);
      }
    }
  }

  // How an op uses a variable; `made` where a pass says so.
  struct Use {
    bool reads = false;
    bool writes = false;
    bool made = false;
  };

  // A field of an op, with its tag.
  void NoteField(std::string_view whole, OpId op, bool reads, bool made, RemainsOf* remains) {
    FieldReader reader(whole);
    Field field;
    if (!reader.Next(&field) || field.type != WireType::kBytes) return;
    const bool input = field.number == proto::OpDesc::kInputsFieldNumber;
    if (!input && field.number != proto::OpDesc::kOutputsFieldNumber) return;
    NoteSlot(SlotView(field.bytes), index_.program().BlockOfOp(op), op, {input && reads, !input, made}, remains);
  }

  void NoteNewOp(const OpView& view, size_t block, RemainsOf* remains) {
    view.ForEachInput([&](const SlotView& slot) { NoteSlot(slot, block, kNewOp, {true, false, true}, remains); });
    view.ForEachOutput([&](const SlotView& slot) { NoteSlot(slot, block, kNewOp, {false, true, true}, remains); });
  }

  void NoteSlot(const SlotView& slot, size_t block, OpId op, const Use& use, RemainsOf* remains) {
    slot.ForEachArgument([&](std::string_view name) {
      if (made_.contains(name) && IsVisible(static_cast<uint32_t>(block), name)) return;
      const NameId id = index_.names().Find(name);
      if (id != kNoName) NoteUse(index_.Lookup(block, id), op, use, remains);
    });
  }

  void NoteUse(VarId var, OpId op, const Use& use, RemainsOf* remains) const {
    const auto found = var == kNoVar ? remains->end() : remains->find(var);
    if (found == remains->end()) return;
    Remains& left = found.value();
    left.user = std::min(left.user, op);
    if (use.reads) left.reader = std::min(left.reader, op);
    if (use.reads && stale_reads_.contains({op, var})) left.misled = std::min(left.misled, op);
    left.written |= use.writes;
    left.replaced |= use.writes && use.made;
  }

  void ReportRemoved(VarId var, const Remains& left) {
    if (left.removed) {
      if (left.user == kNoOp) return;
      return Report("undeclared-variable", var, left.user, "the variable is removed, and this op would still name it");
    }
    if (index_.persistable(var) || !left.lost_writer) return;
    if (left.reader != kNoOp && !left.written) {
      Report("unwritten-variable", var, left.reader,
             "the op that writes the variable is removed, and this one would still read it");
    } else if (left.misled != kNoOp && !left.replaced) {
      Report("unwritten-variable", var, left.misled,
             "the op that writes what this one reads is removed, and it would read an older value");
    }
  }

  void Report(const char* code, VarId var, OpId op, std::string text) {
    Place place;
    if (op < kNewOp) place = PlaceOfOp(index_, op);
    place.variable = index_.name(index_.var_name(var));
    findings_->Error(code, std::move(place), std::move(text), std::string(hint_));
  }

  void CheckVar(const Edits::MadeMessage& var) {
    const std::string_view name = VarView(var.message).name();
    if (made_.emplace(name, var.block).second && index_.names().Find(name) == kNoName) return;
    Place place;
    place.block = static_cast<int32_t>(var.block);
    place.variable = name;
    findings_->Error("duplicate-variable", place, "a pass made a variable whose name is taken");
  }

  void CheckOp(const Edits::MadeMessage& op) {
    const OpView view(op.message);
    Place place;
    place.block = static_cast<int32_t>(op.block);
    place.op_type = view.type();
    place.part = "a new op";
    const auto check_slot = [&](const SlotView& slot) { CheckSlot(op.block, slot, place); };
    view.ForEachInput(check_slot);
    view.ForEachOutput(check_slot);
  }

  void CheckField(const Edits::EditedField& edited) {
    FieldReader reader(edited.field);
    Field field;
    if (!reader.Next(&field) || field.type != WireType::kBytes || field.number > proto::OpDesc::kOutputsFieldNumber)
      return;
    CheckSlot(static_cast<uint32_t>(index_.program().BlockOfOp(edited.op)), SlotView(field.bytes),
              PlaceOfOp(index_, edited.op));
  }

  void CheckSlot(uint32_t block, const SlotView& slot, const Place& op) {
    slot.ForEachArgument([&](std::string_view name) {
      if (name == kEmptyVariable || IsVisible(block, name)) return;
      Place place = op;
      place.variable = name;
      findings_->Error("undeclared-variable", place,
                       "a pass made an op read or write a variable that its block doesn't see");
    });
  }

  bool IsVisible(uint32_t block, std::string_view name) const {
    const auto made = made_.find(name);
    if (made == made_.end()) {
      const NameId id = index_.names().Find(name);
      return id != kNoName && (index_.Lookup(block, id) != kNoVar || index_.program().block(block).forward >= 0);
    }
    if (made->second == 0 || made->second == block) return true;
    const std::vector<int32_t>& visible = index_.VisibleBlocks(block);
    return Contains(visible, static_cast<int32_t>(made->second));
  }

  const Index& index_;
  const Edits& edits_;
  std::string_view hint_;
  Findings* findings_;
  NameMap<uint32_t> made_;  // name to block
  // The variables whose last value a removed op wrote, where the walk is.
  tsl::robin_set<VarId> removed_last_;
  std::vector<std::vector<VarId>> written_;  // by block around it: those that were among them until an op wrote them
  std::set<std::pair<OpId, VarId>> stale_reads_;
};

}  // namespace

void CheckMade(const Index& index, const Edits& edits, Findings* findings) {
  MadeRules(index, edits, "", findings).Check();
}

void CheckRemoved(const Index& index, const Edits& edits, std::string_view hint, Findings* findings) {
  MadeRules(index, edits, hint, findings).CheckRemoved(true);
}

}  // namespace pdquant
