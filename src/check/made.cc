#include "check/made.h"

#include <algorithm>
#include <string_view>

#include "check/rules.h"
#include "ir/name_map.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

class MadeRules {
 public:
  MadeRules(const Index& index, const Edits& edits, Findings* findings)
      : index_(index), edits_(edits), findings_(findings) {}

  void Check() {
    made_.reserve(edits_.made_vars().size());
    for (const Edits::MadeMessage& var : edits_.made_vars()) CheckVar(var);
    for (const Edits::MadeMessage& op : edits_.made_ops()) CheckOp(op);
    for (const Edits::EditedField& edited : edits_.edited_fields()) CheckField(edited);
  }

 private:
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
    if (!reader.Next(&field) || field.type != WireType::kBytes || field.number > 2) return;
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
    return std::find(visible.begin(), visible.end(), static_cast<int32_t>(made->second)) != visible.end();
  }

  const Index& index_;
  const Edits& edits_;
  Findings* findings_;
  NameMap<uint32_t> made_;  // name to block
};

}  // namespace

void CheckMade(const Index& index, const Edits& edits, Findings* findings) {
  MadeRules(index, edits, findings).Check();
}

}  // namespace pdquant
