#include "ir/edit/op_rewrites.h"

#include <algorithm>
#include <span>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include "base/find_row.h"
#include "ir/edit/op_edits.h"
#include "ir/wire.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr uint32_t kArguments = proto::OpDesc::Var::kArgumentsFieldNumber;

// The value as the encoder takes it: lists and text as views.
AttrValue Viewed(const OpRewrites::OwnedValue& value) {
  return std::visit(
      [](const auto& held) -> AttrValue {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string>) return std::string_view(held);
        if constexpr (std::is_same_v<Held, std::vector<std::string>>) return std::span<const std::string>(held);
        if constexpr (std::is_same_v<Held, std::vector<float>>) return std::span<const float>(held);
        if constexpr (std::is_arithmetic_v<Held>) return held;
      },
      value);
}

}  // namespace

void OpRewrites::ReplaceInput(OpId op, std::string_view slot, std::string_view from, std::vector<std::string> to) {
  changes_[op].inputs.push_back({std::string(slot), std::string(from), std::move(to)});
}

void OpRewrites::AddInput(OpId op, std::string_view slot, std::string_view name) {
  changes_[op].additions.push_back({std::string(slot), "", {std::string(name)}});
}

void OpRewrites::RemoveListed(OpId op, std::string_view slot, std::string_view parallel,
                              const std::vector<std::string>& names) {
  for (const std::string& name : names) ReplaceInput(op, slot, name, {});
  changes_[op].removals.push_back({std::string(slot), std::string(parallel), names});
}

void OpRewrites::ReplaceOutput(OpId op, std::string_view slot, std::string_view from, std::string to) {
  changes_[op].outputs.push_back({std::string(slot), std::string(from), {std::move(to)}});
}

void OpRewrites::EditSlot(const Field& field, const std::vector<Replacement>& replacements,
                          const std::vector<Replacement>& additions, const std::vector<std::string>& dropped,
                          std::vector<Edits::FieldEdit>* edits) {
  const SlotView slot(field.bytes);
  const std::string_view name = slot.name();
  if (Contains(dropped, name)) {
    edits->push_back({field.whole, ""});
    return;
  }
  std::unordered_map<std::string_view, const std::vector<std::string>*> by_name;
  for (const Replacement& r : replacements) {
    if (r.slot.empty() || r.slot == name) by_name.emplace(r.from, &r.to);
  }
  bool changed = false;
  std::unordered_set<std::string_view> present;
  slot.ForEachArgument([&](std::string_view argument) {
    changed |= by_name.contains(argument);
    present.insert(argument);
  });
  changed |= std::any_of(additions.begin(), additions.end(),
                         [&](const Replacement& a) { return a.slot == name && !present.contains(a.to[0]); });
  if (!changed) return;
  std::string message;
  FieldReader reader(field.bytes);
  Field part;
  while (reader.Next(&part)) {
    const auto found = part.Is(kArguments, WireType::kBytes) ? by_name.find(part.bytes) : by_name.end();
    if (found == by_name.end()) {
      message += part.whole;
      continue;
    }
    const bool one_for_one = found->second->size() == 1;
    for (const std::string& to : *found->second) {
      if (present.insert(to).second || one_for_one) AppendBytesField(kArguments, to, &message);
    }
  }
  for (const Replacement& addition : additions) {
    if (addition.slot == name && present.insert(addition.to[0]).second)
      AppendBytesField(kArguments, addition.to[0], &message);
  }
  ReplaceField(field.whole, field.number, message, edits);
}

void OpRewrites::Queue(Edits* edits) const {
  for (const auto& [op, changes] : changes_) {
    std::vector<Edits::FieldEdit> fields;
    const OpView view = program_.op(op);
    FieldReader reader(view.message());
    Field field;
    while (reader.Next(&field)) {
      if (field.Is(proto::OpDesc::kInputsFieldNumber, WireType::kBytes))
        EditSlot(field, changes.inputs, changes.additions, changes.dropped_inputs, &fields);
      if (field.Is(proto::OpDesc::kOutputsFieldNumber, WireType::kBytes))
        EditSlot(field, changes.outputs, {}, changes.dropped_outputs, &fields);
      if (field.Is(proto::OpDesc::kTypeFieldNumber, WireType::kBytes) && !changes.type.empty())
        ReplaceField(field.whole, field.number, changes.type, &fields);
      if (field.Is(proto::OpDesc::kAttrsFieldNumber, WireType::kBytes) &&
          std::find(changes.removed_attrs.begin(), changes.removed_attrs.end(), AttrView(field.bytes).name()) !=
              changes.removed_attrs.end())
        fields.push_back({field.whole, ""});
    }
    for (const auto& [slot, name] : changes.new_inputs) AppendInputs(view, slot, std::span(&name, 1), &fields);
    for (const ListRemoval& removal : changes.removals) {
      RemoveParallel(view, removal.slot, removal.names, removal.parallel, &fields);
    }
    for (const auto& [name, value] : changes.bools) SetBoolAttr(view, name, value, &fields);
    for (const auto& [name, value] : changes.attrs) SetAttr(view, name, Viewed(value), &fields);
    if (!fields.empty()) edits->EditOp(op, fields);
  }
}

}  // namespace pdquant
