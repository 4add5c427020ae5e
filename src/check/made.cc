#include "check/made.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

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
    CheckRemoved();
  }
  void CheckRemoved() {
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
      if (found != remains.end()) found.value().written = true;
    }
    std::vector<bool> edited(program.op_count());
    for (const Edits::EditedField& field : edits_.edited_fields()) edited[field.op] = true;
    std::vector<bool> lists(program.op_count());  // by op: what it reads are only the variables that its blocks may use
    for (const BlockReference& reference : index_.block_references()) lists[reference.op] = true;
    for (size_t b = 0; b < program.blocks().size(); ++b) {
      const Block& block = program.block(b);
      for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
        if (removed[op] || edited[op]) continue;
        for (const Argument& argument : index_.inputs(op))
          NoteUse(index_.Lookup(b, argument.name), op, !lists[op], false, &remains);
        for (const Argument& argument : index_.outputs(op))
          NoteUse(index_.Lookup(b, argument.name), op, false, true, &remains);
      }
    }
    NoteEditedOps(removed, edited, lists, &remains);
    for (const Edits::MadeMessage& op : edits_.made_ops())
      NoteSlots(OpView(op.message), op.block, kNewOp, true, &remains);
    for (const auto& [var, left] : remains) ReportRemoved(var, left);
  }

 private:
  // What the program that comes of it does with a variable that something was removed of.
  struct Remains {
    bool removed = false;      // its declaration
    bool lost_writer = false;  // an op that wrote it
    bool written = false;      // by another op, or a new one
    OpId user = kNoOp;         // an op that names it
    OpId reader = kNoOp;       // an op that reads it
  };
  using RemainsOf = tsl::robin_map<VarId, Remains>;

  // Where the forward reads gradients, as a gradient penalty does, the test form lacks them: Paddle's clone does, too.
  bool IsTestForm(OpId op, VarId var) const {
    return PartOf(index_, op) == OpPart::kBackward &&
           index_.name(index_.var_name(var)).find(kGradientSuffix) != std::string_view::npos;
  }

  static constexpr OpId kNewOp = kNoOp - 1;

  // An edited op as it will be: its own fields, less those that were replaced, and the new ones.
  void NoteEditedOps(const std::vector<bool>& removed, const std::vector<bool>& edited, const std::vector<bool>& lists,
                     RemainsOf* remains) {
    std::unordered_set<const char*> replaced;
    for (const Edits::EditedField& field : edits_.edited_fields()) {
      if (!field.before.empty()) replaced.insert(field.before.data());
      if (!removed[field.op]) NoteField(field.field, field.op, !lists[field.op], remains);
    }
    for (OpId op = 0; op < edited.size(); ++op) {
      if (!edited[op] || removed[op]) continue;
      FieldReader reader(index_.program().op(op).message());
      Field field;
      while (reader.Next(&field)) {
        if (!replaced.contains(field.whole.data())) NoteField(field.whole, op, !lists[op], remains);
      }
    }
  }

  // A field of an op, with its tag.
  void NoteField(std::string_view whole, OpId op, bool reads, RemainsOf* remains) {
    FieldReader reader(whole);
    Field field;
    if (!reader.Next(&field) || field.type != WireType::kBytes) return;
    const bool input = field.number == proto::OpDesc::kInputsFieldNumber;
    if (!input && field.number != proto::OpDesc::kOutputsFieldNumber) return;
    NoteSlot(SlotView(field.bytes), index_.program().BlockOfOp(op), op, input && reads, !input, remains);
  }

  void NoteSlots(const OpView& view, size_t block, OpId op, bool reads, RemainsOf* remains) {
    view.ForEachInput([&](const SlotView& slot) { NoteSlot(slot, block, op, reads, false, remains); });
    view.ForEachOutput([&](const SlotView& slot) { NoteSlot(slot, block, op, false, true, remains); });
  }

  void NoteSlot(const SlotView& slot, size_t block, OpId op, bool reads, bool writes, RemainsOf* remains) {
    slot.ForEachArgument([&](std::string_view name) {
      if (made_.contains(name) && IsVisible(static_cast<uint32_t>(block), name)) return;
      const NameId id = index_.names().Find(name);
      if (id != kNoName) NoteUse(index_.Lookup(block, id), op, reads, writes, remains);
    });
  }

  static void NoteUse(VarId var, OpId op, bool reads, bool writes, RemainsOf* remains) {
    const auto found = var == kNoVar ? remains->end() : remains->find(var);
    if (found == remains->end()) return;
    Remains& left = found.value();
    left.user = std::min(left.user, op);
    if (reads) left.reader = std::min(left.reader, op);
    left.written |= writes;
  }

  void ReportRemoved(VarId var, const Remains& left) {
    const bool unwritten =
        left.reader != kNoOp && left.lost_writer && !left.written && !index_.persistable(var) && !left.removed;
    if (!unwritten && (!left.removed || left.user == kNoOp)) return;
    const OpId op = unwritten ? left.reader : left.user;
    Place place;
    if (op < kNewOp) place = PlaceOfOp(index_, op);
    place.variable = index_.name(index_.var_name(var));
    if (unwritten) {
      findings_->Error("unwritten-variable", std::move(place),
                       "the op that writes the variable is removed, and this one would still read it",
                       std::string(hint_));
    } else {
      findings_->Error("undeclared-variable", std::move(place),
                       "the variable is removed, and this op would still name it", std::string(hint_));
    }
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
};

}  // namespace

void CheckMade(const Index& index, const Edits& edits, Findings* findings) {
  MadeRules(index, edits, "", findings).Check();
}

void CheckRemoved(const Index& index, const Edits& edits, std::string_view hint, Findings* findings) {
  MadeRules(index, edits, hint, findings).CheckRemoved();
}

}  // namespace pdquant
