#include "ir/edit/op_edits.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "ir/wire.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using Attr = proto::OpDesc::Attr;
constexpr uint32_t kOpInputs = proto::OpDesc::kInputsFieldNumber;
constexpr uint32_t kOpOutputs = proto::OpDesc::kOutputsFieldNumber;
constexpr uint32_t kOpAttrs = proto::OpDesc::kAttrsFieldNumber;
constexpr uint32_t kSlotName = proto::OpDesc::Var::kParameterFieldNumber;
constexpr uint32_t kSlotArguments = proto::OpDesc::Var::kArgumentsFieldNumber;

std::string_view Replaced(std::string_view slot, std::string_view argument,
                          std::span<const ArgumentReplacement> replacements) {
  for (const ArgumentReplacement& r : replacements) {
    if (r.slot == slot && r.from == argument) return r.to;
  }
  return argument;
}

void AppendArguments(const OpView& op, uint32_t number, std::string_view slot, std::span<const std::string> arguments,
                     std::vector<Edits::FieldEdit>* edits) {
  std::string added;
  for (const std::string& argument : arguments) AppendBytesField(kSlotArguments, argument, &added);
  FieldReader reader(op.message());
  Field field;
  std::string_view whole;
  std::string message;
  while (reader.Next(&field)) {
    if (!field.Is(number, WireType::kBytes) || SlotView(field.bytes).name() != slot) continue;
    whole = field.whole;
    message = field.bytes;
    break;
  }
  if (whole.empty()) AppendBytesField(kSlotName, slot, &message);
  ReplaceField(whole, number, message + added, edits);
}

}  // namespace

void ReplaceField(std::string_view whole, uint32_t number, std::string_view bytes,
                  std::vector<Edits::FieldEdit>* edits) {
  Edits::FieldEdit& edit = edits->emplace_back();
  edit.whole = whole;
  AppendBytesField(number, bytes, &edit.replacement);
}

void ReplaceInputs(const OpView& op, std::span<const ArgumentReplacement> replacements,
                   std::vector<Edits::FieldEdit>* edits) {
  FieldReader reader(op.message());
  Field field;
  std::string message;
  while (reader.Next(&field)) {
    if (!field.Is(kOpInputs, WireType::kBytes)) continue;
    const std::string_view slot = SlotView(field.bytes).name();
    if (std::none_of(replacements.begin(), replacements.end(),
                     [&](const ArgumentReplacement& r) { return r.slot == slot; }))
      continue;
    message.clear();
    FieldReader slot_reader(field.bytes);
    Field part;
    while (slot_reader.Next(&part)) {
      if (part.Is(kSlotArguments, WireType::kBytes)) {
        AppendBytesField(kSlotArguments, Replaced(slot, part.bytes, replacements), &message);
      } else {
        message += part.whole;
      }
    }
    ReplaceField(field.whole, kOpInputs, message, edits);
  }
}

void AppendInputs(const OpView& op, std::string_view slot, std::span<const std::string> arguments,
                  std::vector<Edits::FieldEdit>* edits) {
  AppendArguments(op, kOpInputs, slot, arguments, edits);
}

void AppendOutputs(const OpView& op, std::string_view slot, std::span<const std::string> arguments,
                   std::vector<Edits::FieldEdit>* edits) {
  AppendArguments(op, kOpOutputs, slot, arguments, edits);
}

void RemoveParallel(const OpView& op, std::string_view slot, std::span<const std::string> names,
                    std::string_view parallel, std::vector<Edits::FieldEdit>* edits) {
  const std::unordered_set<std::string_view> gone(names.begin(), names.end());
  std::vector<bool> removed;  // by place in the list
  op.ForEachInput([&](const SlotView& view) {
    if (view.name() == slot)
      view.ForEachArgument([&](std::string_view argument) { removed.push_back(gone.contains(argument)); });
  });
  FieldReader reader(op.message());
  Field field;
  while (reader.Next(&field)) {
    if (!field.Is(kOpOutputs, WireType::kBytes) || SlotView(field.bytes).name() != parallel) continue;
    size_t count = 0;
    SlotView(field.bytes).ForEachArgument([&](std::string_view) { ++count; });
    if (count != removed.size()) continue;
    std::string message;
    size_t place = 0;
    FieldReader slot_reader(field.bytes);
    Field part;
    while (slot_reader.Next(&part)) {
      if (!part.Is(kSlotArguments, WireType::kBytes) || !removed[place++]) message += part.whole;
    }
    ReplaceField(field.whole, field.number, message, edits);
  }
}

bool SetAttr(const OpView& op, std::string_view name, const AttrValue& value, std::vector<Edits::FieldEdit>* edits) {
  const std::string encoded = EncodeAttr(name, value);
  std::vector<Field> present;
  FieldReader reader(op.message());
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(kOpAttrs, WireType::kBytes) && AttrView(field.bytes).name() == name) present.push_back(field);
  }
  // What of the attribute isn't its name, its kind or a value may be from a newer Paddle, and stays.
  std::string message = encoded;
  if (!present.empty()) {
    FieldReader parts(present.back().bytes);
    Field part;
    while (parts.Next(&part)) {
      if (part.number > Attr::kScalarsFieldNumber) message += part.whole;
    }
    if (present.size() == 1 && present[0].bytes == message) return false;
  }
  for (size_t i = 0; i + 1 < present.size(); ++i) edits->push_back({present[i].whole, ""});
  ReplaceField(present.empty() ? "" : present.back().whole, kOpAttrs, message, edits);
  return true;
}

bool SetBoolAttr(const OpView& op, std::string_view name, bool value, std::vector<Edits::FieldEdit>* edits) {
  const auto attr = op.attr(name);
  const std::optional<bool> old = attr ? attr->AsBool() : std::nullopt;
  return old && *old != value && SetAttr(op, name, value, edits);
}

void RenumberBlocks(const OpView& op, std::span<const int32_t> new_number, std::vector<Edits::FieldEdit>* edits) {
  FieldReader reader(op.message());
  Field field;
  while (reader.Next(&field)) {
    if (!field.Is(kOpAttrs, WireType::kBytes)) continue;
    const std::vector<int32_t> blocks = AttrView(field.bytes).AsBlocks();
    const auto keeps_number = [&](int32_t block) { return new_number[static_cast<size_t>(block)] == block; };
    if (std::all_of(blocks.begin(), blocks.end(), keeps_number)) continue;
    std::string message;
    FieldReader attr_reader(field.bytes);
    Field part;
    while (attr_reader.Next(&part)) {
      if (part.number != Attr::kBlockIdxFieldNumber && part.number != Attr::kBlocksIdxFieldNumber)
        message += part.whole;
    }
    const bool one = AttrView(field.bytes).type() == proto::BLOCK;
    for (const int32_t block : blocks) {
      AppendVarintField(one ? Attr::kBlockIdxFieldNumber : Attr::kBlocksIdxFieldNumber,
                        static_cast<uint64_t>(new_number[static_cast<size_t>(block)]), &message);
    }
    ReplaceField(field.whole, kOpAttrs, message, edits);
  }
}

}  // namespace pdquant
